import json
from pathlib import Path
from typing import Any

import pytest
from builders.request_states import told
from fakes.orthanc_module import FakeOrthanc, FakeOutput, FakeSeries, good_configuration, mr_tags

from segrelay_plugin.plugin import Plugin, assemble
from segrelay_plugin.routes import SERIES


@pytest.fixture
def plugin(tmp_path: Path) -> Plugin:
    series = {"a-1": FakeSeries([mr_tags()])}
    return assemble(FakeOrthanc(tmp_path, configuration=good_configuration(), series=series))


def put(plugin: Plugin, series_id: str, body: bytes) -> FakeOutput:
    output = FakeOutput()
    arguments: dict[str, Any] = {"groups": (series_id,), "headers": {}, "body": body}
    plugin.routes[f"{SERIES}/state"](output, "", method="PUT", **arguments)
    return output


def test_django_hears_whether_it_was_news(plugin: Plugin) -> None:
    answers = [put(plugin, "a-1", json.dumps(told()).encode()) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    assert [answer.payload["applied"] for answer in answers] == [True, False]


def test_a_series_that_is_gone_is_unknown(plugin: Plugin) -> None:
    answer = put(plugin, "b-2", json.dumps(told()).encode())
    assert (answer.status, answer.payload["code"]) == (404, "unknown_series")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b"\xff", b"[" * 100_000])
def test_what_is_no_state_is_refused(plugin: Plugin, body: bytes) -> None:
    answer = put(plugin, "a-1", body)
    assert (answer.status, answer.payload["code"]) == (400, "invalid_request")
