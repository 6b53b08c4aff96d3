from __future__ import annotations

from pathlib import Path

from builders.mr_series import build_series
from fakes.stub_segmenter import WAIT_FILE_VARIABLE
from fakes.worker_process import WorkerProcess
from integration.polling import until
from integration.queue_api import QueueApi
from integration.stored_results import instances_of_kind
from integration.system import System
from integration.unique_series import unique

from segrelay_contract.requests import RequestView
from segrelay_contract.status import RequestStatus

REQUESTS = 20
COMPLETED = "요청 처리 완료"


def test_two_workers_share_a_queue_and_each_request_is_done_once(
    shared_system: System, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    waiting = {WAIT_FILE_VARIABLE: str(go)}
    with shared_system.django.api() as api:
        pressed = [
            api.press(shared_system.send(build_series(unique()))).request_id
            for _ in range(REQUESTS)
        ]
        assert len(set(pressed)) == REQUESTS
        with (
            shared_system.stub_worker("lab1", waiting) as first,
            shared_system.stub_worker("lab2", waiting) as second,
        ):
            # Neither gets far before the other is there.
            until(lambda: holders(api) == ["lab1", "lab2"], what="both hold a request")
            go.touch()
            views = [api.wait_for_end(request_id, seconds=120) for request_id in pressed]
        assert all(view.status == RequestStatus.COMPLETED for view in views)
        assert all(view.attempt == 1 for view in views)
        assert {view.worker for view in views} == {"lab1", "lab2"}
        assert all(done_once_by_its_worker(view, first, second) for view in views)
        stored = [instances_of_kind(shared_system.archive, v.study_id, "SEG") for v in views]
        assert [len(segs) for segs in stored] == [1] * REQUESTS


def holders(api: QueueApi) -> list[str]:
    return sorted(view.worker or "" for view in api.requests(status=RequestStatus.PROCESSING))


def done_once_by_its_worker(view: RequestView, *workers: WorkerProcess) -> bool:
    """Whether one worker's log, and no other's, says that it completed the request, once."""
    lines = [
        (process.log_path.parent.name, line)
        for process in workers
        for line in process.log.splitlines()
        if COMPLETED in line and str(view.request_id) in line
    ]
    return [name for name, _ in lines] == [view.worker]
