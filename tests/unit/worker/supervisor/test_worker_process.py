"""The worker as operators run it: a process that is signalled, killed and cut off."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders.minimal_mr import as_bytes
from builders.mr_series import build_series
from fakes.loopback_server import HttpReply
from fakes.orthanc_server import FakeOrthanc
from fakes.queue_server import LOST, FakeQueue, error_reply, json_reply
from fakes.worker_process import WorkerProcess, is_running, stub_settings
from integration.polling import until

SERIES = "series-1"


@pytest.fixture
def queue() -> Iterator[FakeQueue]:
    with FakeQueue() as queue:
        yield queue


@pytest.fixture
def orthanc() -> Iterator[FakeOrthanc]:
    with FakeOrthanc() as orthanc:
        orthanc.series[SERIES] = [as_bytes(image) for image in build_series()]
        yield orthanc


@pytest.fixture
def settings(tmp_path: Path, queue: FakeQueue, orthanc: FakeOrthanc) -> dict[str, str]:
    return stub_settings(tmp_path, api_url=queue.api_url, orthanc_url=orthanc.url)


@pytest.fixture
def worker(tmp_path: Path, settings: dict[str, str]) -> Iterator[WorkerProcess]:
    with WorkerProcess(tmp_path, settings) as worker:
        yield worker


def let_infer(folder: Path) -> None:
    (folder / "go").touch()


def spool_files(folder: Path) -> list[Path]:
    return list((folder / "spool").glob("worker-*/*-*/**/*"))


def test_the_log_speaks_the_words_that_the_guide_searches_and_no_secret(
    tmp_path: Path, queue: FakeQueue, worker: WorkerProcess
) -> None:
    let_infer(tmp_path)
    request_id = queue.add_request(SERIES)
    worker.wait_for_log("요청 처리 완료")
    assert f"요청 처리 시작 (request started) request_id={request_id}" in worker.log
    assert "결과 업로드" in worker.log
    assert "token-of-lab1" not in worker.log
    assert "secret-of-orthanc" not in worker.log


def test_every_call_shows_the_token(
    tmp_path: Path, queue: FakeQueue, worker: WorkerProcess
) -> None:
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
    with WorkerProcess(tmp_path, settings):
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
    with WorkerProcess(tmp_path, settings) as worker:
        queue.wait_for("complete-request")
        assert "WORKER_TOKEN" in worker.log


def test_a_server_without_long_poll_is_asked_at_the_poll_interval(
    tmp_path: Path, queue: FakeQueue, settings: dict[str, str]
) -> None:
    queue.waits = False
    with WorkerProcess(tmp_path, {**settings, "POLL_INTERVAL": "0.05"}):
        queue.wait_for("claim", count=3)
        let_infer(tmp_path)
        queue.add_request(SERIES)
        queue.wait_for("complete-request")


def test_a_stop_while_it_waits_ends_at_once(queue: FakeQueue, worker: WorkerProcess) -> None:
    queue.wait_for("claim")
    worker.signal()
    assert worker.exit_status() == 0
    assert queue.names() == ["claim"]


def test_a_claim_answered_after_the_stop_is_released(
    queue: FakeQueue, orthanc: FakeOrthanc, worker: WorkerProcess
) -> None:
    orthanc.may_read.clear()
    queue.wait_for("claim")
    worker.signal()
    request_id = queue.add_request(SERIES)
    assert worker.exit_status() == 0
    assert [call.request_id for call in queue.calls("release")] == [request_id]


def test_a_stop_while_the_model_loads_ends_without_a_claim(
    tmp_path: Path, queue: FakeQueue, settings: dict[str, str]
) -> None:
    with WorkerProcess(tmp_path, settings) as worker:
        worker.wait_for_log("워커 시작")
        worker.signal()
        assert worker.exit_status() == 0
    assert not queue.names()


def test_a_stop_while_downloading_releases_the_request(
    tmp_path: Path, queue: FakeQueue, orthanc: FakeOrthanc, worker: WorkerProcess
) -> None:
    orthanc.may_read.clear()
    request_id = queue.add_request(SERIES)
    until(lambda: bool(orthanc.calls), what="the download begins")
    worker.signal()
    assert worker.exit_status() == 0
    [release] = queue.calls("release")
    assert release.request_id == request_id
    assert not queue.calls("complete-request")
    assert not list((tmp_path / "spool").glob("worker-*"))


def test_ctrl_c_while_inferring_releases_the_request_and_ends_the_model(
    queue: FakeQueue, orthanc: FakeOrthanc, worker: WorkerProcess
) -> None:
    request_id = queue.add_request(SERIES)
    queue.wait_for_stage("inferring")
    model = worker.inference_pid()
    worker.signal(signal.SIGINT)
    assert worker.exit_status() == 0
    assert not is_running(model)
    assert [call.request_id for call in queue.calls("release")] == [request_id]
    assert not queue.calls("complete-request")
    assert not orthanc.stored


def test_a_stop_while_uploading_finishes_the_request(
    tmp_path: Path, queue: FakeQueue, orthanc: FakeOrthanc, worker: WorkerProcess
) -> None:
    let_infer(tmp_path)
    orthanc.may_store.clear()
    queue.add_request(SERIES)
    queue.wait_for_stage("uploading")
    worker.signal()
    renewals = len(queue.calls("update-status"))
    queue.wait_for("update-status", count=renewals + 5)
    orthanc.may_store.set()
    assert worker.exit_status() == 0
    assert len(queue.calls("complete-request")) == 1
    assert not queue.calls("release")
    assert len(orthanc.stored) == 3


def test_a_second_stop_while_uploading_releases_the_request(
    tmp_path: Path, queue: FakeQueue, orthanc: FakeOrthanc, worker: WorkerProcess
) -> None:
    let_infer(tmp_path)
    orthanc.may_store.clear()
    request_id = queue.add_request(SERIES)
    queue.wait_for_stage("uploading")
    worker.signal(signal.SIGTERM)
    worker.signal(signal.SIGINT)  # two of one kind at the same moment would count as one
    assert worker.exit_status() == 0
    assert [call.request_id for call in queue.calls("release")] == [request_id]
    assert not queue.calls("complete-request")


def test_a_lost_lease_ends_inference_and_stores_nothing(
    tmp_path: Path, queue: FakeQueue, orthanc: FakeOrthanc, worker: WorkerProcess
) -> None:
    queue.add_request(SERIES)
    queue.wait_for_stage("inferring")
    model = worker.inference_pid()
    queue.always("update-status", error_reply(409, "lease_lost"))
    until(lambda: not is_running(model), what="the model ends")
    queue.wait_for("claim", count=2)
    assert not orthanc.stored
    assert not queue.calls("complete-request")
    assert not queue.calls("release")


def test_a_cancel_ends_inference_and_the_next_request_works(
    tmp_path: Path, queue: FakeQueue, orthanc: FakeOrthanc, worker: WorkerProcess
) -> None:
    queue.add_request(SERIES)
    queue.wait_for_stage("inferring")
    model = worker.inference_pid()
    queue.script("update-status", json_reply(200, success=True, lease=None, cancel_requested=True))
    until(lambda: not is_running(model), what="the model ends")
    queue.wait_for("claim", count=2)
    assert not orthanc.stored
    let_infer(tmp_path)
    second = queue.add_request(SERIES)
    [completion] = queue.wait_for("complete-request")
    assert completion.request_id == second


def test_a_queue_that_is_gone_for_longer_than_the_lease_lets_no_picture_follow_the_seg(
    tmp_path: Path, orthanc: FakeOrthanc
) -> None:
    let_infer(tmp_path)
    orthanc.may_store.clear()
    with FakeQueue(lease_seconds=6.0) as queue:
        settings = stub_settings(tmp_path, api_url=queue.api_url, orthanc_url=orthanc.url)
        queue.add_request(SERIES)
        with WorkerProcess(tmp_path, settings) as worker:
            until(lambda: posts(orthanc) == 1, what="the SEG is on its way")
            queue.always("update-status", LOST)
            worker.wait_for_log("임대 상실")
            orthanc.may_store.set()
            queue.wait_for("claim", count=2)
    assert posts(orthanc) == 1
    assert not queue.calls("complete-request")


def posts(orthanc: FakeOrthanc) -> int:
    return [call.method for call in orthanc.calls].count("POST")


def test_an_engine_that_dies_fails_the_request_for_a_passing_reason_and_is_replaced(
    tmp_path: Path, queue: FakeQueue, worker: WorkerProcess
) -> None:
    queue.add_request(SERIES)
    queue.wait_for_stage("inferring")
    os.kill(worker.inference_pid(), signal.SIGKILL)
    [failure] = queue.wait_for("complete-request")
    assert failure.body["success"] is False
    assert failure.body["error_code"] == "engine_died"
    assert failure.body["retryable"] is True
    let_infer(tmp_path)
    queue.add_request(SERIES)
    _, success = queue.wait_for("complete-request", count=2)
    assert success.body["success"] is True


def test_a_series_that_is_gone_fails_the_request_for_good(
    queue: FakeQueue, worker: WorkerProcess
) -> None:
    queue.add_request("no-such-series")
    [failure] = queue.wait_for("complete-request")
    assert failure.body["error_code"] == "series_gone"
    assert failure.body["retryable"] is False


def test_a_worker_that_the_archive_refuses_fails_nothing_and_works_once_it_is_let_in(
    tmp_path: Path, queue: FakeQueue, orthanc: FakeOrthanc, worker: WorkerProcess
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
    queue: FakeQueue, orthanc: FakeOrthanc, worker: WorkerProcess
) -> None:
    orthanc.refusals.append(HttpReply(403))
    queue.add_request(SERIES)
    worker.wait_for_log("requests would fail here, waiting")
    worker.signal()
    assert worker.exit_status() == 0
    assert len(queue.calls("claim")) == 1


def test_an_upload_that_fails_once_is_tried_again(
    tmp_path: Path, queue: FakeQueue, orthanc: FakeOrthanc, worker: WorkerProcess
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
    tmp_path: Path, queue: FakeQueue, worker: WorkerProcess
) -> None:
    let_infer(tmp_path)
    queue.script("complete-request", LOST)
    queue.add_request(SERIES)
    first, second = queue.wait_for("complete-request", count=2)
    assert first.body == second.body


def test_a_model_in_one_long_call_ends_when_its_supervisor_is_killed(
    tmp_path: Path, queue: FakeQueue, settings: dict[str, str]
) -> None:
    queue.add_request(SERIES)
    with WorkerProcess(tmp_path, settings, formats="fakes.deaf_segmenter:DEAF_FORMATS") as worker:
        until((tmp_path / "go").exists, what="the model is busy")
        model = worker.inference_pid()
        worker.signal(signal.SIGKILL)
        until(lambda: not is_running(model), what="the model ends")


def test_what_a_killed_worker_left_in_the_spool_goes_with_the_next_start(
    tmp_path: Path, queue: FakeQueue, settings: dict[str, str]
) -> None:
    queue.add_request(SERIES)
    with WorkerProcess(tmp_path, settings) as worker:
        queue.wait_for_stage("inferring")
        worker.signal(signal.SIGKILL)
        worker.exit_status()
    assert spool_files(tmp_path)
    with WorkerProcess(tmp_path, settings):
        queue.wait_for("claim", count=2)
        assert not spool_files(tmp_path)


def kept_results(folder: Path) -> list[Path]:
    return list((folder / "spool").glob("worker-*/finished/*"))


def downloads(orthanc: FakeOrthanc) -> int:
    return [call.path for call in orthanc.calls].count(f"/series/{SERIES}/archive")


def test_what_a_killed_worker_had_finished_is_delivered_by_the_next_start(
    tmp_path: Path, queue: FakeQueue, orthanc: FakeOrthanc, settings: dict[str, str]
) -> None:
    let_infer(tmp_path)
    orthanc.may_store.clear()
    request_id = queue.add_request(SERIES)
    with WorkerProcess(tmp_path, settings) as worker:
        queue.wait_for_stage("uploading")
        worker.signal(signal.SIGKILL)
        worker.exit_status()
    orthanc.may_store.set()
    with WorkerProcess(tmp_path, settings):
        [completion] = queue.wait_for("complete-request")
        queue.wait_until(lambda calls: calls[-1].body.get("resume", "") is None)
    assert (completion.request_id, completion.body["success"]) == (request_id, True)
    first, second = queue.calls("claim")[:2]
    assert second.body["resume"] == str(request_id)
    assert second.body["claim_id"] == first.body["claim_id"]
    assert downloads(orthanc) == 1
    assert len(orthanc.stored) == 3
    assert not kept_results(tmp_path)


def test_a_result_that_lost_its_lease_is_delivered_under_the_next_one(
    tmp_path: Path, queue: FakeQueue, orthanc: FakeOrthanc, worker: WorkerProcess
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
    assert downloads(orthanc) == 1
    assert len(orthanc.stored) == 3
