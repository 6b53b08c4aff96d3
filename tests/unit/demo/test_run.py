from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from demo import run
from demo.errors import TooSlowError


@pytest.fixture(autouse=True)
def _one_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In a cache of its own; the signals that the demo takes are given back."""
    monkeypatch.setattr(run, "CACHE", tmp_path / "cache")
    monkeypatch.setenv("ONCE", "1")
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def failing(error: BaseException) -> Callable[..., NoReturn]:
    def fail(*_: object) -> NoReturn:
        raise error

    return fail


@pytest.mark.parametrize(
    ("step", "error", "status"),
    [
        ("demonstrated", TooSlowError("Orthanc did not answer. Look at its log."), "failed"),
        ("demonstrated", KeyError("ID"), "failed"),
        ("demonstrated", KeyboardInterrupt(), "interrupted"),
        ("run_folder", PermissionError("no place"), "failed"),
    ],
)
def test_whatever_goes_wrong_the_last_line_tells_it(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    step: str,
    error: BaseException,
    status: str,
) -> None:
    monkeypatch.setattr(run, step, failing(error))
    assert run.main() == run.BAD
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert line["status"] == status
    assert line["error"]
