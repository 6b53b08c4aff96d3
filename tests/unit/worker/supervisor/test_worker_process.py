"""The worker as operators run it: a process that is signalled, killed and cut off."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.orthanc_server import FakeOrthanc
from fakes.queue_server import FakeQueue, error_reply, json_reply
from fakes.worker_process import WorkerProcess, is_running, let_infer
from integration.polling import until

pytestmark = pytest.mark.long

SERIES = "series-1"


@pytest.fixture
def worker(tmp_path: Path, settings: dict[str, str]) -> Iterator[WorkerProcess]:
    with WorkerProcess(tmp_path, settings) as worker:
        yield worker


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


def test_a_stop_while_it_waits_ends_at_once(queue: FakeQueue, worker: WorkerProcess) -> None:
    queue.wait_for("claim")
    worker.signal()
    assert worker.exit_status() == 0
    assert queue.names() == ["claim"]


def test_a_stop_while_the_model_loads_ends_without_a_claim(
    tmp_path: Path, queue: FakeQueue, settings: dict[str, str]
) -> None:
    with WorkerProcess(tmp_path, settings) as worker:
        worker.wait_for_log("워커 시작")
        worker.signal()
        assert worker.exit_status() == 0
    assert not queue.names()


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


def test_an_engine_that_dies_fails_the_request_for_a_passing_reason_and_is_replaced(
    tmp_path: Path, queue: FakeQueue, worker: WorkerProcess
) -> None:
    queue.add_request(SERIES)
    queue.wait_for_stage("inferring")
    os.kill(worker.inference_pid(), signal.SIGKILL)
    [failure] = queue.wait_for("complete-request")
    assert failure.body["success"] is False
    assert failure.body["error_code"] == "engine_killed"
    assert failure.body["retryable"] is True
    let_infer(tmp_path)
    queue.add_request(SERIES)
    _, success = queue.wait_for("complete-request", count=2)
    assert success.body["success"] is True


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
    assert orthanc.downloads(SERIES) == 1
    assert len(orthanc.stored) == 3
    assert not kept_results(tmp_path)
