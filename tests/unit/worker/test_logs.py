from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

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


def test_what_libraries_say_stays_out_of_the_log(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs("DEBUG")
    logging.getLogger("pydicom").error("Invalid value 'DOE^JANE'")
    assert "DOE" not in capfd.readouterr().err


def test_an_unexpected_error_is_told_by_type_and_place_without_its_message() -> None:
    with pytest.raises(ValueError, match="DOE") as caught:
        float("DOE^JANE")
    told = where(caught.value)
    assert told.startswith("ValueError at test_logs.py:")
    assert "DOE" not in told
