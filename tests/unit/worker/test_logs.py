from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest
from fakes.worker_process import PYTHONPATH

from segrelay_worker.logs import ROOT, configure_logs, fields, where


@pytest.fixture(autouse=True)
def restored_logs() -> Iterator[None]:
    own, root = logging.getLogger(ROOT), logging.getLogger()
    before = (own.handlers, own.propagate, own.level, root.handlers[:])
    yield
    own.handlers, own.propagate, own.level, root.handlers = before


def test_an_event_is_one_line_with_its_fields(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs("INFO")
    log = logging.getLogger(f"{ROOT}.some.module")
    log.info("요청 처리 시작 (request\nstarted)", extra=fields(a=1, b="two words", c=0.5, d=None))
    [line] = capfd.readouterr().err.splitlines()
    assert line.endswith(' INFO 요청 처리 시작 (request started) a=1 b="two words" c=0.500')


def test_a_field_cannot_begin_a_new_line(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs("INFO")
    logging.getLogger(ROOT).info("text", extra=fields(reason="one\ntwo"))
    assert capfd.readouterr().err.endswith('text reason="one\\ntwo"\n')


def said_by_a_library(configure: str) -> str:
    """In a process of its own: pytest's handlers would take it before the log could."""
    code = (
        "import logging; from segrelay_worker.logs import configure_logs;"
        f'{configure}; logging.getLogger("pydicom").error("DOE^JANE")'
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": PYTHONPATH},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr


def test_what_libraries_say_stays_out_of_the_log() -> None:
    assert "DOE" in said_by_a_library("pass")
    assert said_by_a_library("configure_logs('DEBUG')") == ""


def test_an_unexpected_error_is_told_by_type_and_place_without_its_message() -> None:
    with pytest.raises(ValueError, match="DOE") as caught:
        float("DOE^JANE")
    told = where(caught.value)
    assert told.startswith("ValueError at test_logs.py:")
    assert "DOE" not in told
