import pytest

from segrelay_plugin.job_queue import JobQueue
from segrelay_plugin.rules.in_force import RulesState
from segrelay_plugin.rules.rule import Rule
from segrelay_plugin.rules_watch import LOOK_EVERY_SECONDS, RulesWatch


class ChangingRules:
    def __init__(self) -> None:
        self.now = RulesState((Rule("one"),))
        self.defect: Exception | None = None

    def state(self) -> RulesState:
        if self.defect:
            raise self.defect
        return self.now


class RecordingJobs(JobQueue):
    def __init__(self) -> None:
        super().__init__()
        self.given: list[tuple[object, float]] = []

    def put(self, job: object, *, delay_seconds: float = 0.0) -> None:
        self.given.append((job, delay_seconds))


def judge_all() -> None:
    raise AssertionError("it is for the queue to call this")


@pytest.fixture
def rules() -> ChangingRules:
    return ChangingRules()


@pytest.fixture
def jobs() -> RecordingJobs:
    return RecordingJobs()


@pytest.fixture
def watch(rules: ChangingRules, jobs: RecordingJobs) -> RulesWatch:
    return RulesWatch(rules=rules, on_change=judge_all, jobs=jobs)


def test_it_looks_again_after_a_while(watch: RulesWatch, jobs: RecordingJobs) -> None:
    watch.look()
    assert jobs.given == [(watch.look, LOOK_EVERY_SECONDS)]


def test_a_change_is_acted_upon_once(
    watch: RulesWatch, rules: ChangingRules, jobs: RecordingJobs
) -> None:
    rules.now = RulesState((Rule("two"),))
    watch.look()
    watch.look()
    assert [job for job, _ in jobs.given] == [watch.look, judge_all, watch.look]


def test_a_wrong_change_is_none(
    watch: RulesWatch, rules: ChangingRules, jobs: RecordingJobs
) -> None:
    rules.now = RulesState(rules.now.rules, problem="wrong")
    watch.look()
    assert [job for job, _ in jobs.given] == [watch.look]


def test_a_look_that_fails_is_not_the_last(
    watch: RulesWatch, rules: ChangingRules, jobs: RecordingJobs
) -> None:
    rules.defect = MemoryError()
    with pytest.raises(MemoryError):
        watch.look()
    assert [job for job, _ in jobs.given] == [watch.look]
