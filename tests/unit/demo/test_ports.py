import socket
from collections.abc import Iterator

import pytest

from demo import ports
from demo.errors import ProgramMissingError
from demo.ports import ReservedPorts


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def test_a_free_port_is_taken_as_preferred(free: int) -> None:
    with ReservedPorts() as reserved:
        assert reserved.reserve(free) == free


def test_where_somebody_listens_a_later_port_is_taken(taken: int) -> None:
    with ReservedPorts() as reserved:
        assert reserved.reserve(taken) > taken


def test_two_demos_never_take_the_same_port_though_neither_listens_yet(free: int) -> None:
    with ReservedPorts() as one, ReservedPorts() as other:
        assert other.reserve(free) != one.reserve(free)


def test_a_demo_that_ended_leaves_its_ports_to_the_next(free: int) -> None:
    with ReservedPorts() as one:
        one.reserve(free)
    with ReservedPorts() as next_one:
        assert next_one.reserve(free) == free


def test_when_none_is_free_the_error_says_what_to_do(
    taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "TRIES", 1)
    with (
        ReservedPorts() as reserved,
        pytest.raises(ProgramMissingError, match="Stop a program that listens there"),
    ):
        reserved.reserve(taken)
