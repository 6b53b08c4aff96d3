import socket
from collections.abc import Iterator

import pytest

from demo import ports
from demo.errors import ProgramMissingError
from demo.ports import free_port


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_free_port_is_taken_as_preferred() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert free_port(port) == port


def test_where_somebody_listens_a_later_port_is_taken(taken: int) -> None:
    assert free_port(taken) > taken


def test_when_none_is_free_the_error_says_what_to_do(
    taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "TRIES", 1)
    with pytest.raises(ProgramMissingError, match="Stop a program that listens there"):
        free_port(taken)
