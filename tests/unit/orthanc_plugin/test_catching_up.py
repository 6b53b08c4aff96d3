from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from builders.request_states import state
from fakes.orthanc_module import FakeOrthanc, FakeSeries, mr_tags

from segrelay_plugin.archive import Archive
from segrelay_plugin.catching_up import CatchingUp
from segrelay_plugin.job_queue import Job, JobQueue
from segrelay_plugin.outbox import Outbox
from segrelay_plugin.results.superseding import Superseding
from segrelay_plugin.rules.in_force import RulesAsGiven, RulesState
from segrelay_plugin.rules.rule import Rule
from segrelay_plugin.states.mirror import StateMirror
from segrelay_plugin.states.request_state import states_as_json
from segrelay_plugin.tagging import Tagger

ARRIVED = datetime(2026, 1, 31, 12, tzinfo=UTC)
ANY = RulesAsGiven(RulesState((Rule("any"),)))


class Clock:
    def __init__(self) -> None:
        self.now = ARRIVED + timedelta(hours=1)

    def __call__(self) -> datetime:
        return self.now


class RecordingJobs(JobQueue):
    def __init__(self) -> None:
        super().__init__()
        self.delays: list[float] = []
        self.jobs: list[Job] = []

    def put(self, job: Job, *, delay_seconds: float = 0.0) -> None:
        self.delays.append(delay_seconds)
        self.jobs.append(job)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def jobs() -> RecordingJobs:
    return RecordingJobs()


@pytest.fixture
def catching_up(archive: Archive, outbox: Outbox, clock: Clock, jobs: RecordingJobs) -> CatchingUp:
    return make_catching_up(archive, outbox, clock, jobs)


def make_catching_up(
    archive: Archive, outbox: Outbox, clock: Clock, jobs: RecordingJobs
) -> CatchingUp:
    tagger = Tagger(archive=archive, rules=ANY, outbox=outbox, now=clock)
    return CatchingUp(
        archive=archive,
        tagger=tagger,
        superseding=Superseding(archive=archive),
        mirror=StateMirror(archive=archive, close_attempt=lambda _request_id, _attempt: None),
        jobs=jobs,
        stable_age_seconds=60,
        now=clock,
    )


def test_every_series_gets_a_look_of_its_own(
    orthanc: FakeOrthanc, catching_up: CatchingUp, jobs: RecordingJobs
) -> None:
    orthanc.series = {"a-1": FakeSeries([mr_tags()]), "a-2": FakeSeries([mr_tags()])}
    catching_up.look_at_all()
    catching_up.judge_all()
    assert jobs.delays == [0.0, 0.0, 0.0, 0.0]


def test_a_change_of_the_rules_is_no_reason_to_look_into_results(
    orthanc: FakeOrthanc, outbox: Outbox, catching_up: CatchingUp
) -> None:
    orthanc.series["a-1"] = FakeSeries([mr_tags()])
    orthanc.series["b-2"] = FakeSeries([mr_tags()], "SEG", manufacturer="Segrelay")
    for series_id in orthanc.series:
        catching_up.judge(series_id=series_id)
    assert len(outbox) == 1
    assert [uri for uri in orthanc.asked if "b-2" in uri] == ["/series/b-2"]


def test_an_untagged_mr_series_is_tagged_once(
    orthanc: FakeOrthanc, outbox: Outbox, catching_up: CatchingUp
) -> None:
    orthanc.series["a-1"] = FakeSeries([mr_tags()])
    catching_up.look_at(series_id="a-1")
    catching_up.look_at(series_id="a-1")
    assert len(outbox) == 1


def test_a_series_of_another_modality_is_left_alone(
    orthanc: FakeOrthanc, outbox: Outbox, catching_up: CatchingUp
) -> None:
    orthanc.series["a-1"] = FakeSeries([mr_tags()], modality="SEG")
    catching_up.look_at(series_id="a-1")
    assert len(outbox) == 0


def test_a_growing_series_is_left_to_its_stable_event(
    orthanc: FakeOrthanc, outbox: Outbox, catching_up: CatchingUp, jobs: RecordingJobs
) -> None:
    orthanc.series["a-1"] = FakeSeries([mr_tags()], is_stable=False)
    catching_up.look_at(series_id="a-1")
    assert (len(outbox), jobs.delays) == (0, [])


def test_a_series_that_calls_itself_stable_too_early_is_looked_at_again(
    orthanc: FakeOrthanc, outbox: Outbox, catching_up: CatchingUp, clock: Clock, jobs: RecordingJobs
) -> None:
    orthanc.series["a-1"] = FakeSeries([mr_tags()], last_update="20260131T120000")
    clock.now = ARRIVED + timedelta(seconds=20)
    catching_up.look_at(series_id="a-1")
    assert (len(outbox), jobs.delays) == (0, [40.0])
    clock.now = ARRIVED + timedelta(seconds=60)
    catching_up.look_at(series_id="a-1")
    assert len(outbox) == 1


def test_a_clock_that_was_put_back_puts_a_series_off_no_longer_than_any_other(
    orthanc: FakeOrthanc, outbox: Outbox, catching_up: CatchingUp, jobs: RecordingJobs
) -> None:
    orthanc.series["a-1"] = FakeSeries([mr_tags()], last_update="20270131T120000")
    catching_up.look_at(series_id="a-1")
    assert (len(outbox), jobs.delays) == (0, [60.0])
    jobs.jobs[0]()
    assert (len(outbox), jobs.delays) == (1, [60.0])


def test_a_series_that_grew_while_it_was_put_off_is_left_to_its_stable_event(
    orthanc: FakeOrthanc, outbox: Outbox, catching_up: CatchingUp, jobs: RecordingJobs
) -> None:
    orthanc.series["a-1"] = FakeSeries([mr_tags()], last_update="20270131T120000")
    catching_up.look_at(series_id="a-1")
    orthanc.series["a-1"].is_stable = False
    jobs.jobs[0]()
    assert (len(outbox), jobs.delays) == (0, [60.0])


def test_a_tagged_series_that_grew_while_orthanc_was_down_is_told_with_all_its_headers(
    orthanc: FakeOrthanc, outbox: Outbox, catching_up: CatchingUp
) -> None:
    orthanc.series["a-1"] = FakeSeries([mr_tags()])
    catching_up.look_at(series_id="a-1")
    orthanc.series["a-1"].instances = [mr_tags(), mr_tags(InstanceNumber="2")]
    catching_up.look_at(series_id="a-1")
    told: list[Any] = [event.load() for event in outbox.waiting()]
    assert [len(event["headers"]) for event in told] == [1, 2]


def test_labels_are_put_right_after_a_start(orthanc: FakeOrthanc, catching_up: CatchingUp) -> None:
    orthanc.has_labels = True
    metadata = {"SegrelayState": states_as_json({"r-1": state(status="failed")})}
    orthanc.series["a-1"] = FakeSeries([mr_tags()], metadata=metadata, labels=["segrelay-pending"])
    catching_up.look_at(series_id="a-1")
    assert set(orthanc.series["a-1"].labels) == {"segrelay-failed", "segrelay-candidate"}


def test_what_was_tagged_before_orthanc_had_labels_gets_its_label(
    orthanc: FakeOrthanc, outbox: Outbox, clock: Clock, jobs: RecordingJobs, catching_up: CatchingUp
) -> None:
    orthanc.series["a-1"] = FakeSeries([mr_tags()])
    catching_up.look_at(series_id="a-1")
    with_labels = replace(orthanc, has_labels=True)
    catching_up_after_upgrade = make_catching_up(Archive(with_labels), outbox, clock, jobs)
    catching_up_after_upgrade.look_at(series_id="a-1")
    assert len(outbox) == 1
    assert orthanc.series["a-1"].labels == ["segrelay-candidate"]


def test_what_a_result_says_of_earlier_ones_is_caught_up_with(
    orthanc: FakeOrthanc, catching_up: CatchingUp
) -> None:
    named = [{"ReferencedSOPInstanceUID": "2.25.1"}]
    said = [{"ReferencedSeriesSequence": [{"ReferencedSOPSequence": named}]}]
    for series_id, tags in (
        ("a-1", mr_tags(SOPInstanceUID="2.25.1")),
        ("b-2", mr_tags(SOPInstanceUID="2.25.2", PredecessorDocumentsSequence=said)),
    ):
        orthanc.series[series_id] = FakeSeries([tags], "SR", manufacturer="Segrelay")
    catching_up.look_at(series_id="b-2")
    assert orthanc.series["a-1"].metadata == {"SegrelaySupersededBy": "b-2"}
