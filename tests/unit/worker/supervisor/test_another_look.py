"""One of several models that met a passing fault at the start comes back without a restart."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.busy_segmenter import BUSY_FILE_VARIABLE, LARGE
from fakes.stub_segmenter import write_stub_package

from segrelay_worker.inference.messages import EngineOrder
from segrelay_worker.supervisor.engine import LOOK_AGAIN_SECONDS, Engine

pytestmark = pytest.mark.long  # it starts processes


class Clock:
    """Stands until it is set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The device is full while this file exists."""
    monkeypatch.setenv(BUSY_FILE_VARIABLE, str(tmp_path / "busy"))
    (tmp_path / "busy").touch()
    return tmp_path / "busy"


@pytest.fixture
def engine(tmp_path: Path, busy: Path, clock: Clock) -> Iterator[Engine]:
    assert busy.exists()
    write_stub_package(tmp_path / "models" / "a", name=LARGE)
    write_stub_package(tmp_path / "models" / "b", name="small")
    order = EngineOrder(tmp_path / "models", "cpu", "fakes.busy_segmenter:BUSY_FORMATS", "INFO")
    with Engine(order, clock) as engine:
        yield engine


def _offered(engine: Engine) -> list[str]:
    return [offer.name for offer in engine.start().models]


def test_it_is_tried_again_after_a_while(engine: Engine, clock: Clock, busy: Path) -> None:
    assert _offered(engine) == ["small"]
    busy.unlink()
    clock.now += LOOK_AGAIN_SECONDS - 1
    assert _offered(engine) == ["small"]
    clock.now += 1
    assert _offered(engine) == [LARGE, "small"]


def test_nothing_is_loaded_anew_once_all_are_there(
    engine: Engine, clock: Clock, busy: Path
) -> None:
    busy.unlink()
    assert _offered(engine) == [LARGE, "small"]
    before = set(multiprocessing.active_children())
    clock.now += LOOK_AGAIN_SECONDS
    assert _offered(engine) == [LARGE, "small"]
    assert set(multiprocessing.active_children()) <= before
