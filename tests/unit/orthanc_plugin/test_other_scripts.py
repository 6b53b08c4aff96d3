import logging
from typing import Any

import pytest

from segrelay_plugin.other_scripts import OtherScripts

CALL: dict[str, Any] = {"method": 1, "ip": "127.0.0.1", "headers": {}, "get": {}}
PATIENT = "Test^Phantom"


def fails(*_: object, **__: object) -> bool:
    raise ValueError(PATIENT)


def test_every_listener_hears_of_a_change_though_another_fails() -> None:
    heard: list[tuple[object, ...]] = []
    scripts = OtherScripts()
    scripts.add_listener(fails)
    scripts.add_listener(lambda *change: heard.append(change))
    scripts.tell(1, 2, "a-1")
    assert heard == [(1, 2, "a-1")]


@pytest.mark.parametrize(
    ("answers", "allowed"), [([], True), ([True, True], True), ([True, False], False)]
)
def test_a_call_goes_on_when_nobody_refuses_it(answers: list[bool], *, allowed: bool) -> None:
    scripts = OtherScripts()
    for answer in answers:
        scripts.add_filter(lambda _path, *, given=answer, **_call: given)
    assert scripts.allow("/system", CALL) is allowed


def test_a_filter_sees_what_orthanc_says_of_the_call() -> None:
    seen: list[tuple[str, dict[str, Any]]] = []
    scripts = OtherScripts()

    def look(path: str, **call: Any) -> bool:
        seen.append((path, call))
        return True

    scripts.add_filter(look)
    assert scripts.allow("/system", CALL)
    assert seen == [("/system", CALL)]


def test_a_filter_that_fails_refuses() -> None:
    scripts = OtherScripts()
    scripts.add_filter(fails)
    assert not scripts.allow("/system", CALL)


def test_the_log_names_function_and_place_and_not_what_was_said(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("segrelay_plugin"), "propagate", True)
    scripts = OtherScripts()
    scripts.add_listener(fails)
    scripts.tell(1, 2, "a-1")
    assert "function=fails error=ValueError" in caplog.text
    assert "test_other_scripts.py:" in caplog.text
    assert PATIENT not in caplog.text
