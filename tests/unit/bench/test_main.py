from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from bench import __main__ as bench


def fast(_quick: bool) -> Mapping[str, object]:  # noqa: FBT001 - every benchmark is called so
    return {"ratio": 2.0, "against": "nothing", "ok": True}


def broken(_quick: bool) -> Mapping[str, object]:  # noqa: FBT001 - likewise
    raise ZeroDivisionError


def test_what_was_measured_is_told_before_the_next_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "BENCHMARKS", {"fast": fast, "broken": broken})
    with pytest.raises(ZeroDivisionError):
        bench.main([])
    [line] = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {"bench": "fast", **fast(False)}  # noqa: FBT003 - likewise
