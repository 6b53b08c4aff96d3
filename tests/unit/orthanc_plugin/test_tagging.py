from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fakes.orthanc_module import DATABASE_ERROR, FakeOrthanc, FakeSeries, mr_tags
from pydantic import TypeAdapter

from segrelay_contract.orthanc_events import OrthancEvent
from segrelay_plugin.archive import Archive
from segrelay_plugin.errors import ArchiveError, UnknownSeriesError
from segrelay_plugin.outbox import Outbox
from segrelay_plugin.rules.conditions import Range
from segrelay_plugin.rules.in_force import RulesAsGiven, RulesState
from segrelay_plugin.rules.rule import Priority, RequestFor, Rule
from segrelay_plugin.tagging import Tagger
from segrelay_plugin.tags import read_tags

NOW = datetime(2026, 1, 31, 13, tzinfo=UTC)
PAIR = Rule(
    "pair",
    "t1",
    ("brain",),
    request_now=True,
    when=Range("images", minimum=2),
    request_for=RequestFor.STUDY,
    priority=Priority.URGENT,
    again_when_grown=True,
)
RULES = RulesAsGiven(RulesState((PAIR,)))


@pytest.fixture
def tagger(archive: Archive, outbox: Outbox) -> Tagger:
    return Tagger(archive=archive, rules=RULES, outbox=outbox, now=lambda: NOW)


def pair() -> FakeSeries:
    return FakeSeries([mr_tags(), mr_tags(InstanceNumber="2")])


def test_a_candidate_is_told_and_marked(
    orthanc: FakeOrthanc, archive: Archive, outbox: Outbox, tagger: Tagger
) -> None:
    orthanc.series["a-1"] = pair()
    tagger.tag_series(series_id="a-1")
    [event] = outbox.waiting()
    told = event.load()
    assert told["event"] == "series_stable"
    assert (told["role"], told["candidate_models"], told["request_now"]) == ("t1", ["brain"], True)
    assert (told["request_for"], told["priority"], told["again_when_grown"]) == (
        "study",
        "urgent",
        True,
    )
    assert (told["study_id"], told["study_instance_uid"]) == ("aaaa-bbbb", "1.2")
    tags = read_tags(archive, "a-1")
    assert tags is not None
    assert (tags.role, tags.rule, tags.instance_count, tags.tagged_at) == ("t1", "pair", 2, NOW)


def test_what_no_rule_takes_is_neither_told_nor_marked(
    orthanc: FakeOrthanc, archive: Archive, outbox: Outbox, tagger: Tagger
) -> None:
    orthanc.series["a-1"] = FakeSeries([mr_tags()])
    tagger.tag_series(series_id="a-1")
    assert len(outbox) == 0
    assert read_tags(archive, "a-1") is None


def test_the_headers_of_other_modalities_are_not_read(
    orthanc: FakeOrthanc, outbox: Outbox, tagger: Tagger
) -> None:
    orthanc.series["a-1"] = FakeSeries([mr_tags(), mr_tags()], modality="CT")
    tagger.tag_series(series_id="a-1")
    assert orthanc.asked == ["/system", "/series/a-1"]
    assert len(outbox) == 0


def test_a_series_is_not_marked_unless_the_outbox_holds_it(
    orthanc: FakeOrthanc, archive: Archive, outbox: Outbox, tagger: Tagger, tmp_path: Path
) -> None:
    orthanc.series["a-1"] = pair()
    (tmp_path / "outbox").rmdir()
    with pytest.raises(FileNotFoundError):
        tagger.tag_series(series_id="a-1")
    assert read_tags(archive, "a-1") is None


@pytest.fixture
def unmarkable(orthanc: FakeOrthanc, monkeypatch: pytest.MonkeyPatch) -> FakeOrthanc:
    def full(_uri: str, _body: bytes) -> bytes:
        raise orthanc.OrthancException(DATABASE_ERROR, "Error with the database engine")

    orthanc.series["a-1"] = pair()
    monkeypatch.setattr(orthanc, "RestApiPut", full)
    return orthanc


@pytest.mark.parametrize("told_in_between", [True, False])
def test_a_series_that_cannot_be_marked_is_told_once(
    unmarkable: FakeOrthanc, outbox: Outbox, tagger: Tagger, *, told_in_between: bool
) -> None:
    with pytest.raises(ArchiveError):
        tagger.tag_series(series_id="a-1")
    [event] = outbox.waiting()
    if told_in_between:
        outbox.remove(event)
    with pytest.raises(ArchiveError):
        tagger.tag_series(series_id="a-1")
    assert len(outbox) == (0 if told_in_between else 1)


def test_a_series_that_could_not_be_marked_is_told_once_over_a_restart(
    unmarkable: FakeOrthanc, archive: Archive, outbox: Outbox
) -> None:
    for _start in range(2):
        tagger = Tagger(archive=archive, rules=RULES, outbox=outbox, now=lambda: NOW)
        with pytest.raises(ArchiveError):
            tagger.tag_series(series_id="a-1")
    assert len(outbox) == 1


def test_a_series_that_grew_or_came_again_is_told_again(
    orthanc: FakeOrthanc, outbox: Outbox, tagger: Tagger
) -> None:
    orthanc.series["a-1"] = pair()
    tagger.tag_series(series_id="a-1")
    orthanc.series["a-1"].instances = [*orthanc.series["a-1"].instances, mr_tags()]
    tagger.tag_series(series_id="a-1")
    tagger.forget_series(series_id="a-1")
    orthanc.series["a-1"] = FakeSeries(pair().instances, last_update="20260131T130000")
    tagger.tag_series(series_id="a-1")
    events = [event.load()["event"] for event in outbox.waiting()]
    assert events == ["series_stable", "series_stable", "series_deleted", "series_stable"]


def test_a_series_that_grew_into_none_that_a_rule_wants_is_unmarked_and_told(
    orthanc: FakeOrthanc, archive: Archive, outbox: Outbox
) -> None:
    orthanc.has_labels = True
    single = replace(PAIR, when=Range("images", maximum=2))
    rules = RulesAsGiven(RulesState((single,)))
    tagger = Tagger(archive=archive, rules=rules, outbox=outbox, now=lambda: NOW)
    orthanc.series["a-1"] = pair()
    tagger.tag_series(series_id="a-1")
    orthanc.series["a-1"].instances = [*orthanc.series["a-1"].instances, mr_tags()]
    for _ in range(2):
        tagger.tag_series(series_id="a-1")
    loaded: list[Any] = [event.load() for event in outbox.waiting()]
    candidate, withdrawn = loaded
    assert (candidate["candidate"], withdrawn["candidate"]) == (True, False)
    assert (withdrawn["role"], withdrawn["request_now"], len(withdrawn["headers"])) == (
        None,
        False,
        3,
    )
    assert (orthanc.series["a-1"].metadata, orthanc.series["a-1"].labels) == ({}, [])


def test_a_withdrawal_that_a_crash_cut_short_is_told_as_the_same_and_finished(
    orthanc: FakeOrthanc, archive: Archive, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(_uri: str) -> bytes:
        raise orthanc.OrthancException(DATABASE_ERROR, "Error with the database engine")

    tags = {"SegrelayRole": "t1", "SegrelayRule": "pair"}
    orthanc.series["a-1"] = FakeSeries([mr_tags()], metadata=tags)
    before, after = (
        Tagger(archive=archive, rules=RULES, outbox=outbox, now=lambda: NOW) for _ in range(2)
    )
    with monkeypatch.context() as patched:
        patched.setattr(orthanc, "RestApiDelete", crash)
        with pytest.raises(ArchiveError):
            before.tag_series(series_id="a-1")
    after.tag_series(series_id="a-1")
    assert len(outbox) == 1
    assert orthanc.series["a-1"].metadata == {}


def test_failures_of_the_archive_are_passed_on(orthanc: FakeOrthanc, tagger: Tagger) -> None:
    with pytest.raises(UnknownSeriesError):
        tagger.tag_series(series_id="a-1")
    orthanc.is_broken = True
    with pytest.raises(ArchiveError):
        tagger.tag_series(series_id="a-1")


def test_a_deletion_is_told(outbox: Outbox, tagger: Tagger) -> None:
    tagger.forget_series(series_id="a-1")
    [event] = outbox.waiting()
    told = event.load()
    assert (told["event"], told["series_id"]) == ("series_deleted", "a-1")


def test_a_series_that_grew_since_counts_as_untagged(
    orthanc: FakeOrthanc, archive: Archive, tagger: Tagger
) -> None:
    orthanc.series["a-1"] = pair()
    tagger.tag_series(series_id="a-1")
    assert tagger.is_tagged(archive.series("a-1"))
    orthanc.series["a-1"].instances = [*orthanc.series["a-1"].instances, mr_tags()]
    assert not tagger.is_tagged(archive.series("a-1"))


def test_events_are_what_the_contract_says(
    orthanc: FakeOrthanc, outbox: Outbox, tagger: Tagger
) -> None:
    orthanc.series["a-1"] = pair()
    tagger.tag_series(series_id="a-1")
    tagger.forget_series(series_id="a-1")
    adapter: TypeAdapter[OrthancEvent] = TypeAdapter(OrthancEvent)
    events = [adapter.validate_python(event.load(), strict=False) for event in outbox.waiting()]
    assert [event.series_id for event in events] == ["a-1", "a-1"]
