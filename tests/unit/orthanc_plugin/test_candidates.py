from pathlib import Path

import pytest
from fakes.orthanc_module import FakeOrthanc, FakeOutput, FakeSeries, good_configuration, mr_tags

from segrelay_plugin.plugin import assemble

TAGS = {
    "SegrelayRole": "t1",
    "SegrelayCandidateModels": "brain tumour",
    "SegrelayRule": "any",
    "SegrelayInstanceCount": "1",
    "SegrelayTaggedAt": "2026-01-31T12:00:00+00:00",
}


@pytest.fixture
def orthanc(tmp_path: Path) -> FakeOrthanc:
    series = {
        f"a-{number}": FakeSeries([mr_tags()], metadata=TAGS if number % 2 else {})
        for number in range(7)
    }
    return FakeOrthanc(tmp_path, configuration=good_configuration(), series=series)


def ask(orthanc: FakeOrthanc, **query: str) -> FakeOutput:
    output = FakeOutput()
    route = assemble(orthanc).routes["/segrelay/candidates"]
    orthanc.asked.clear()
    route(output, "", method="GET", headers={}, get=query)
    return output


def test_a_candidate_is_listed_as_its_event_told_it(orthanc: FakeOrthanc) -> None:
    first, *_ = ask(orthanc).payload["candidates"]
    assert first == {
        "series_id": "a-1",
        "series_instance_uid": "1.2.3",
        "study_id": "aaaa-bbbb",
        "study_instance_uid": "1.2",
        "role": "t1",
        "candidate_models": ["brain", "tumour"],
        "instance_count": 1,
        "tagged_at": "2026-01-31T12:00:00+00:00",
    }


@pytest.mark.parametrize("limit", range(1, 9))
def test_the_pages_together_hold_each_candidate_once(orthanc: FakeOrthanc, limit: int) -> None:
    since: int | None = 0
    listed: list[str] = []
    while since is not None:
        page = ask(orthanc, since=str(since), limit=str(limit)).payload
        listed += [one["series_id"] for one in page["candidates"]]
        since = page["next"]
    assert listed == ["a-1", "a-3", "a-5"]


def test_headers_come_when_asked_for_and_without_the_patient(orthanc: FakeOrthanc) -> None:
    [candidate] = ask(orthanc, since="1", limit="1", headers="1").payload["candidates"]
    [header] = candidate["headers"]
    assert header["EchoTime"] == "3"
    assert not any("Patient" in key for key in header)


def test_a_page_costs_the_same_whatever_the_archive_holds(orthanc: FakeOrthanc) -> None:
    ask(orthanc, limit="3")
    calls = list(orthanc.asked)
    orthanc.series |= {f"b-{number}": FakeSeries([mr_tags()]) for number in range(100)}
    ask(orthanc, limit="3")
    assert orthanc.asked == calls


def test_a_series_that_is_deleted_meanwhile_is_passed_over(
    orthanc: FakeOrthanc, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = list(orthanc.series)
    monkeypatch.setattr(orthanc, "_page", lambda **_: page)
    del orthanc.series["a-3"]
    listed = [one["series_id"] for one in ask(orthanc).payload["candidates"]]
    assert listed == ["a-1", "a-5"]


@pytest.mark.parametrize("query", [{"since": "-1"}, {"since": "x"}, {"limit": "0"}, {"limit": ""}])
def test_what_is_no_page_is_refused(orthanc: FakeOrthanc, query: dict[str, str]) -> None:
    answer = ask(orthanc, **query)
    assert (answer.status, answer.payload["code"]) == (400, "invalid_page")
