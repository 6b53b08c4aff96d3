import json
from typing import Any

import pytest
from fakes.orthanc_module import FakeOrthanc, FakeSeries, mr_tags

from segrelay_plugin.archive import Archive
from segrelay_plugin.rest import Reply, Request
from segrelay_plugin.rules.combinations import All
from segrelay_plugin.rules.conditions import OneOf, Range
from segrelay_plugin.rules.in_force import RulesAsGiven, RulesState
from segrelay_plugin.rules.rule import Priority, RequestFor, Rule
from segrelay_plugin.rules_test_route import RulesTestRoute

LATE = Rule("late", when=Range("EchoTime", minimum=50))
PAIR = Rule(
    "pair",
    role="t1",
    candidate_models=("brain",),
    request_now=True,
    request_for=RequestFor.STUDY,
    priority=Priority.URGENT,
    again_when_grown=True,
    when=All((Range("images", minimum=2), OneOf("Modality", ("MR",)))),
)
RULES = RulesState((LATE, PAIR))


def ask(
    archive: Archive, body: object, *, state: RulesState = RULES, language: str = "en"
) -> Reply:
    route = RulesTestRoute(archive=archive, rules=RulesAsGiven(state))
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return route(Request(groups=(), headers={"accept-language": language}, body=raw))


def answer(archive: Archive, body: object, **how: Any) -> Any:
    reply = ask(archive, body, **how)
    assert reply.status == 200
    return json.loads(json.dumps(reply.payload))


def test_a_stored_series_is_judged_and_nothing_is_changed(
    orthanc: FakeOrthanc, archive: Archive
) -> None:
    orthanc.series["a-1"] = FakeSeries([mr_tags(), mr_tags(InstanceNumber="2")])
    assert answer(archive, {"series_id": "a-1"}) == {
        "success": True,
        "candidate": True,
        "rule": {
            "name": "pair",
            "role": "t1",
            "candidate_models": ["brain"],
            "request_now": True,
            "request_for": "study",
            "priority": "urgent",
            "again_when_grown": True,
        },
        "reasons": ['Rule "late" does not match: EchoTime is "3", but should be at least 50.'],
    }
    assert (orthanc.series["a-1"].metadata, orthanc.series["a-1"].labels) == ({}, [])


def test_reasons_come_in_the_callers_language(orthanc: FakeOrthanc, archive: Archive) -> None:
    orthanc.series["a-1"] = FakeSeries([mr_tags()])
    told = answer(archive, {"series_id": "a-1"}, language="ko")
    assert (told["candidate"], told["rule"], len(told["reasons"])) == (False, None, 2)
    assert all("맞지 않습니다" in reason for reason in told["reasons"])


def test_tags_are_judged_as_an_mr_image_unless_they_say_otherwise(archive: Archive) -> None:
    told = answer(archive, {"tags": {"EchoTime": 3.5}, "images": 2})
    assert (told["rule"]["name"], told["ignored"]) == ("pair", [])
    told = answer(archive, {"tags": {"Modality": "CT"}})
    assert told["reasons"] == ["The series is CT, and only MR series are analysed."]


@pytest.mark.parametrize(
    "tags",
    [
        {"EchoTime": "60"},
        {"EchoTime": [60, 70]},
        {"SharedFunctionalGroupsSequence": [{"MREchoSequence": [{"EffectiveEchoTime": 60}]}]},
    ],
)
def test_values_may_be_texts_numbers_lists_and_sequences(
    archive: Archive, tags: dict[str, object]
) -> None:
    assert answer(archive, {"tags": tags})["rule"]["name"] == "late"


def test_what_no_rule_can_look_at_is_named(archive: Archive) -> None:
    tags = {"PatientName": "Somebody", "EchoTme": None, "Unknown Tag & Data": "", "EchoTime": ""}
    told = answer(archive, {"tags": tags})
    assert told["ignored"] == ["EchoTme", "PatientName", "Unknown Tag & Data"]
    assert "Somebody" not in json.dumps(told)


def test_without_rules_it_says_why(archive: Archive) -> None:
    told = answer(archive, {"tags": {}}, state=RulesState(problem="rules.toml is wrong"))
    assert "rules.toml is wrong" in told["reasons"][0]


@pytest.mark.parametrize("series_id", ["a-1", "../system", "a-1/instances"])
def test_an_unknown_series_is_said(orthanc: FakeOrthanc, archive: Archive, series_id: str) -> None:
    reply = ask(archive, {"series_id": series_id})
    assert (reply.status, reply.payload["code"]) == (404, "unknown_series")
    assert orthanc.asked in ([], ["/system", "/series/a-1"])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[" * 100_000,
        [],
        {},
        {"series_id": 1},
        {"series_id": "a-1", "tags": {}},
        {"tags": []},
        {"tags": {}, "image": 2},
        {"tags": {}, "images": 0},
        {"tags": {}, "images": True},
        {"tags": {}, "images": "2"},
        {"tags": {"EchoTime": True}},
        {"tags": {"EchoTime": {"a": 1}}},
        {"tags": {"EchoTime": [[1]]}},
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(archive: Archive, body: object) -> None:
    reply = ask(archive, body)
    assert (reply.status, reply.payload["code"]) == (400, "invalid_rules_test")
    assert '{"series_id"' in str(reply.payload["error"])
