import json
from pathlib import Path
from typing import Any

import pytest
from fakes.django_server import API, FakeDjango
from fakes.orthanc_module import FakeOrthanc, FakeOutput, FakeSeries, good_configuration, mr_tags

from segrelay_plugin.bulk import MOST_AT_ONCE
from segrelay_plugin.plugin import Plugin, assemble
from segrelay_plugin.routes import BULK

STUDY_ID = "aaaa-bbbb"


@pytest.fixture
def plugin(tmp_path: Path, django: FakeDjango) -> Plugin:
    configuration = good_configuration(django_url=django.url)
    series = {name: FakeSeries([mr_tags()]) for name in ("a-1", "a-2")}
    return assemble(FakeOrthanc(tmp_path, configuration=configuration, series=series))


def press(plugin: Plugin, document: object, **headers: str) -> FakeOutput:
    output = FakeOutput()
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    body = json.dumps(document).encode()
    plugin.routes[BULK](output, "", method="POST", headers=sent, body=body)
    return output


def results(output: FakeOutput) -> list[dict[str, Any]]:
    assert output.status == 200
    found: list[dict[str, Any]] = output.payload["results"]
    return found


def test_each_series_and_study_is_asked_for_and_answered(
    plugin: Plugin, django: FakeDjango
) -> None:
    django.status, django.answer = 202, {"success": True, "request_id": "r-1"}
    wanted = {"series": ["a-1", "a-2", "a-1"], "studies": [STUDY_ID], "model": "brain"}
    told = results(press(plugin, wanted))
    assert [(one["kind"], one["id"], one["status"]) for one in told] == [
        ("series", "a-1", 202),
        ("series", "a-2", 202),
        ("studies", STUDY_ID, 202),
    ]
    assert {one["request_id"] for one in told} == {"r-1"}
    paths = ["series/a-1/segment/", "series/a-2/segment/", f"studies/{STUDY_ID}/segment/"]
    assert [call.path for call in django.calls] == [API + path for path in paths]
    assert [call.payload for call in django.calls] == [{"model": "brain"}] * 3


def test_each_press_has_a_key_of_its_own(plugin: Plugin, django: FakeDjango) -> None:
    for _ in range(2):
        press(plugin, {"series": ["a-1", "a-2"]}, idempotency_key="mine")
    keys = [call.headers["idempotency-key"] for call in django.calls]
    assert keys[:2] == keys[2:]
    assert len(set(keys)) == 2


def test_what_is_refused_holds_up_nothing(plugin: Plugin, django: FakeDjango) -> None:
    [unknown, known] = results(press(plugin, {"series": ["beef-0", "a-1"]}))
    assert (unknown["status"], unknown["code"]) == (404, "unknown_series")
    assert known["success"] is True


def test_where_django_is_silent_the_rest_is_not_asked_for_and_says_so(
    plugin: Plugin, django: FakeDjango
) -> None:
    django.close()
    first, second = results(press(plugin, {"series": ["a-1", "a-2"]}, accept_language="ko"))
    assert first["code"] == "django_unreachable"
    assert second["code"] == "not_asked"
    assert "요청하지 않았습니다" in second["error"]


@pytest.mark.parametrize(
    "document",
    [
        [],
        "a-1",
        {"series": "a-1"},
        {"series": [1]},
        {"studies": ["../../system"]},
        {"series": [""]},
    ],
)
def test_what_cannot_be_read_is_refused(
    plugin: Plugin, django: FakeDjango, document: object
) -> None:
    answer = press(plugin, document)
    assert (answer.status, answer.payload["code"]) == (400, "invalid_request")
    assert django.calls == []


def test_too_many_at_once_are_refused(plugin: Plugin, django: FakeDjango) -> None:
    answer = press(plugin, {"series": [f"a-{n}" for n in range(MOST_AT_ONCE + 1)]})
    assert (answer.status, answer.payload["code"]) == (400, "too_many_at_once")
    assert str(MOST_AT_ONCE) in answer.payload["error"]
    assert django.calls == []
