import threading

import pytest

from segrelay_plugin.errors import ArchiveError, UnknownSeriesError
from segrelay_plugin.job_queue import JobQueue

DEADLINE_SECONDS = 20


def run_to_the_end(jobs: JobQueue) -> None:
    thread = threading.Thread(target=jobs.run)
    thread.start()
    thread.join(DEADLINE_SECONDS)
    assert not thread.is_alive()


def test_urgent_jobs_come_first_and_in_their_order() -> None:
    jobs, done = JobQueue(), list[str]()
    jobs.put(lambda: done.append("routine"))
    jobs.put(jobs.close)
    jobs.put_urgent(lambda: done.append("first"))
    jobs.put_urgent(lambda: done.append("second"))
    run_to_the_end(jobs)
    assert done == ["first", "second", "routine"]


def test_urgent_jobs_are_done_after_closing_and_others_are_not() -> None:
    jobs, done = JobQueue(), list[str]()
    jobs.put(lambda: done.append("routine"))
    jobs.put_urgent(lambda: done.append("urgent"))
    jobs.close()
    run_to_the_end(jobs)
    assert done == ["urgent"]


def test_a_job_waits_for_its_time() -> None:
    jobs, done = JobQueue(), list[str]()

    def later() -> None:
        done.append("later")
        jobs.close()

    jobs.put(later, delay_seconds=0.5)
    jobs.put(lambda: done.append("now"))
    run_to_the_end(jobs)
    assert done == ["now", "later"]


@pytest.mark.parametrize("error", [ArchiveError("busy"), OSError("disk full")])
def test_a_job_that_failed_for_now_is_tried_again(error: Exception) -> None:
    jobs, attempts = JobQueue(retry_seconds=0.01), list[int]()

    def fails_once() -> None:
        attempts.append(1)
        if len(attempts) == 1:
            raise error
        jobs.close()

    jobs.put_urgent(fails_once)
    run_to_the_end(jobs)
    assert len(attempts) == 2


@pytest.mark.parametrize("error", [UnknownSeriesError("gone"), RuntimeError("defect")])
def test_a_job_that_cannot_succeed_ends_nothing_but_itself(error: Exception) -> None:
    jobs, attempts = JobQueue(retry_seconds=0.01), list[int]()

    def fails() -> None:
        attempts.append(1)
        raise error

    jobs.put_urgent(fails)
    jobs.put(jobs.close)
    run_to_the_end(jobs)
    assert len(attempts) == 1
