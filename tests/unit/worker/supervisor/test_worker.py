"""The worker's loop against a queue and an archive that fail: what it says and what it repeats."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.loopback_server import HttpReply
from fakes.orthanc_server import FakeOrthanc
from fakes.queue_server import LOST, FakeQueue, error_reply
from fakes.stub_segmenter import WAIT_FILE_VARIABLE
from fakes.worker_process import let_infer, stub_settings
from fakes.worker_thread import WorkerThread
from integration.polling import until

SERIES = "series-1"


@pytest.fixture
def settings(settings: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The stub reads its own from the process."""
    monkeypatch.setenv(WAIT_FILE_VARIABLE, settings[WAIT_FILE_VARIABLE])
    return settings


@pytest.fixture
def worker(tmp_path: Path, settings: dict[str, str]) -> Iterator[WorkerThread]:
    with WorkerThread(tmp_path, settings) as worker:
        yield worker


def test_every_call_shows_the_token(tmp_path: Path, queue: FakeQueue, worker: WorkerThread) -> None:
    let_infer(tmp_path)
    queue.add_request(SERIES)
    queue.wait_for("complete-request")
    assert {call.token for call in queue.calls("claim")} == {"Bearer token-of-lab1"}
    assert {call.token for call in queue.calls("update-status")} == {"Bearer token-of-lab1"}


def test_a_lost_claim_answer_costs_nothing(
    tmp_path: Path, queue: FakeQueue, settings: dict[str, str]
) -> None:
    let_infer(tmp_path)
    request_id = queue.add_request(SERIES)
    queue.script("claim", LOST)
    with WorkerThread(tmp_path, settings):
        [completion] = queue.wait_for("complete-request")
    first, second = queue.calls("claim")[:2]
    assert first.body["claim_id"] == second.body["claim_id"]
    assert completion.request_id == request_id


def test_a_refused_token_is_said_and_tried_again(
    tmp_path: Path, queue: FakeQueue, settings: dict[str, str]
) -> None:
    let_infer(tmp_path)
    queue.script("claim", error_reply(401, "unauthenticated"))
    queue.add_request(SERIES)
    with WorkerThread(tmp_path, settings) as worker:
        queue.wait_for("complete-request")
        assert "WORKER_TOKEN" in worker.log


def test_a_server_without_long_poll_is_asked_at_the_poll_interval(
    tmp_path: Path, queue: FakeQueue, settings: dict[str, str]
) -> None:
    queue.waits = False
    with WorkerThread(tmp_path, {**settings, "POLL_INTERVAL": "0.05"}):
        queue.wait_for("claim", count=3)
        let_infer(tmp_path)
        queue.add_request(SERIES)
        queue.wait_for("complete-request")


def test_a_claim_answered_after_the_stop_is_released(
    queue: FakeQueue, orthanc: FakeOrthanc, worker: WorkerThread
) -> None:
    orthanc.may_read.clear()
    queue.wait_for("claim")
    worker.stop()
    request_id = queue.add_request(SERIES)
    worker.wait_for_end()
    assert [call.request_id for call in queue.calls("release")] == [request_id]


def test_a_stop_while_downloading_releases_the_request(
    tmp_path: Path, queue: FakeQueue, orthanc: FakeOrthanc, worker: WorkerThread
) -> None:
    orthanc.may_read.clear()
    request_id = queue.add_request(SERIES)
    until(lambda: bool(orthanc.calls), what="the download begins")
    worker.stop()
    worker.wait_for_end()
    [release] = queue.calls("release")
    assert release.request_id == request_id
    assert not queue.calls("complete-request")
    assert not list((tmp_path / "spool").glob("worker-*"))


def test_a_stop_while_uploading_finishes_the_request(
    tmp_path: Path, queue: FakeQueue, orthanc: FakeOrthanc, worker: WorkerThread
) -> None:
    let_infer(tmp_path)
    orthanc.may_store.clear()
    queue.add_request(SERIES)
    queue.wait_for_stage("uploading")
    worker.stop()
    renewals = len(queue.calls("update-status"))
    queue.wait_for("update-status", count=renewals + 5)
    orthanc.may_store.set()
    worker.wait_for_end()
    assert len(queue.calls("complete-request")) == 1
    assert not queue.calls("release")
    assert len(orthanc.stored) == 3


def test_a_second_stop_while_uploading_releases_the_request(
    tmp_path: Path, queue: FakeQueue, orthanc: FakeOrthanc, worker: WorkerThread
) -> None:
    let_infer(tmp_path)
    orthanc.may_store.clear()
    request_id = queue.add_request(SERIES)
    queue.wait_for_stage("uploading")
    worker.stop()
    worker.stop()
    worker.wait_for_end()
    assert [call.request_id for call in queue.calls("release")] == [request_id]
    assert not queue.calls("complete-request")


def test_a_queue_that_is_gone_for_longer_than_the_lease_lets_no_picture_follow_the_seg(
    tmp_path: Path, orthanc: FakeOrthanc
) -> None:
    let_infer(tmp_path)
    orthanc.may_store.clear()
    with FakeQueue(lease_seconds=6.0) as queue:
        settings = stub_settings(tmp_path, api_url=queue.api_url, orthanc_url=orthanc.url)
        queue.add_request(SERIES)
        with WorkerThread(tmp_path, settings) as worker:
            until(lambda: posts(orthanc) == 1, what="the SEG is on its way")
            queue.always("update-status", LOST)
            worker.wait_for_log("임대 상실")
            orthanc.may_store.set()
            queue.wait_for("claim", count=2)
    assert posts(orthanc) == 1
    assert not queue.calls("complete-request")


def posts(orthanc: FakeOrthanc) -> int:
    return [call.method for call in orthanc.calls].count("POST")


def test_a_series_that_is_gone_fails_the_request_for_good(
    queue: FakeQueue, worker: WorkerThread
) -> None:
    queue.add_request("no-such-series")
    [failure] = queue.wait_for("complete-request")
    assert failure.body["error_code"] == "series_gone"
    assert failure.body["retryable"] is False


def test_a_worker_that_the_archive_refuses_fails_nothing_and_works_once_it_is_let_in(
    tmp_path: Path, queue: FakeQueue, orthanc: FakeOrthanc, worker: WorkerThread
) -> None:
    let_infer(tmp_path)
    orthanc.refusals.append(HttpReply(401))
    refused = queue.add_request(SERIES)
    [release] = queue.wait_for("release")
    assert release.request_id == refused
    worker.wait_for_log("Orthanc refused the worker (HTTP status 401)")
    second = queue.add_request(SERIES)
    [completion] = queue.wait_for("complete-request")
    assert (completion.request_id, completion.body["success"]) == (second, True)
    asked = [call.path for call in orthanc.calls]
    assert "/system" in asked


def test_a_stop_ends_the_wait_of_a_refused_worker(
    queue: FakeQueue, orthanc: FakeOrthanc, worker: WorkerThread
) -> None:
    orthanc.refusals.append(HttpReply(403))
    queue.add_request(SERIES)
    worker.wait_for_log("requests would fail here, waiting")
    worker.stop()
    worker.wait_for_end()
    assert len(queue.calls("claim")) == 1


def test_an_upload_that_fails_once_is_tried_again(
    tmp_path: Path, queue: FakeQueue, orthanc: FakeOrthanc, worker: WorkerThread
) -> None:
    let_infer(tmp_path)
    orthanc.may_store.clear()
    queue.add_request(SERIES)
    queue.wait_for_stage("uploading")
    orthanc.refusals.append(HttpReply(503))
    orthanc.may_store.set()
    [completion] = queue.wait_for("complete-request")
    assert completion.body["success"] is True
    assert len(orthanc.stored) == 3


def test_a_completion_without_answer_is_repeated(
    tmp_path: Path, queue: FakeQueue, worker: WorkerThread
) -> None:
    let_infer(tmp_path)
    queue.script("complete-request", LOST)
    queue.add_request(SERIES)
    first, second = queue.wait_for("complete-request", count=2)
    assert first.body == second.body


def test_a_result_that_lost_its_lease_is_delivered_under_the_next_one(
    tmp_path: Path, queue: FakeQueue, orthanc: FakeOrthanc, worker: WorkerThread
) -> None:
    let_infer(tmp_path)
    orthanc.may_store.clear()
    request_id = queue.add_request(SERIES)
    queue.wait_for_stage("uploading")
    queue.script("update-status", error_reply(409, "lease_lost"))
    queue.wait_for("claim", count=2)
    orthanc.may_store.set()
    [completion] = queue.wait_for("complete-request")
    assert (completion.request_id, completion.body["success"]) == (request_id, True)
    assert orthanc.downloads(SERIES) == 1
    assert len(orthanc.stored) == 3
