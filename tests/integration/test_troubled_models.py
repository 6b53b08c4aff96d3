"""Models that take all memory, crash and hang: each costs its own request, and no other one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from builders.mr_series import SeriesPlan, build_series
from builders.trouble import Trouble, with_trouble
from fakes.stub_segmenter import write_stub_package
from fakes.troubled_segmenter import FOLDER_VARIABLE
from fakes.worker_process import WorkerProcess
from integration.orthanc_server import OrthancServer
from integration.polling import until
from integration.queue_api import QueueApi
from integration.stored_results import mask_digest
from integration.system import System, django_for
from integration.unique_series import unique

from segrelay_contract import paths
from segrelay_contract.directory import WorkerList, WorkerView
from segrelay_contract.error_codes import ErrorCode, english_sentence
from segrelay_contract.requests import RequestView, WaitingReason
from segrelay_contract.status import RequestStatus, Stage

pytestmark = pytest.mark.long

FORMATS = "fakes.troubled_segmenter:TROUBLED_FORMATS"
LIMIT_SECONDS = 10  # far more than an inference takes, also on a machine that has much to do
TOO_SHORT_SECONDS = 1  # for those who hang
LEASE_SECONDS = 12.0  # renewed four times: that is how soon a worker hears of a cancel
GROWTH = 1.05  # of memory, at most

T = Trouble
GOOD = (T.NONE,)
# Trouble comes alone and in a row, with good requests all around it.
ORDER: tuple[Trouble, ...] = (
    *(*GOOD * 6, T.HUNGRY, *GOOD * 3, T.NONE, *GOOD * 3),
    *(T.HANGING, T.NONE, T.KILLED, *GOOD * 3),
    *(T.CANCELLED, *GOOD * 2, T.ABORTED_ONCE, *GOOD * 3, T.CANCELLED),
    *(T.HUNGRY, *GOOD * 7, T.HUNGRY, *GOOD * 6, T.HUNGRY, T.HUNGRY, *GOOD * 5),
)
# Of the last process, which has loaded by then what it needs.
FIRST_GOOD = len(ORDER) - 1 - ORDER[::-1].index(T.CANCELLED) + 2


@dataclass(frozen=True)
class Pressed:
    """A request and what it is to end as."""

    request_id: UUID
    wanted: Trouble
    plan: SeriesPlan


@pytest.fixture
def system(archive: OrthancServer, tmp_path: Path) -> System:
    """Of this test alone: nobody else's requests stand in its queue."""
    django = django_for(archive, tmp_path / "django", lease_seconds=LEASE_SECONDS)
    return System(tmp_path, archive, django)


@pytest.fixture
def api(system: System) -> Iterator[QueueApi]:
    with system.django, system.django.api() as client:
        yield client


def worker_with(system: System, model_path: Path) -> WorkerProcess:
    # Threads come and go: with one arena for all, what they use depends on no chance.
    environment = {FOLDER_VARIABLE: str(system.folder), "MALLOC_ARENA_MAX": "1"}
    return system.stub_worker(environment=environment, formats=FORMATS, model_path=model_path)


def write_package(folder: Path, weights: bytes, limit_seconds: float) -> Path:
    path = write_stub_package(folder / "model", weights=weights)
    with (path.parent / "model.toml").open("a", encoding="utf-8") as manifest:
        manifest.write(f"\n[limits]\nseconds = {limit_seconds}\n")
    return path


def press(system: System, api: QueueApi, wanted: Trouble) -> Pressed:
    plan = unique()
    series_id = system.send(with_trouble(build_series(plan), wanted))
    return Pressed(api.press(series_id).request_id, wanted, plan)


def resident_bytes(pid: int) -> int:
    [line] = [
        line
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("VmRSS")
    ]
    return int(line.split()[1]) * 1024


def end(api: QueueApi, pressed: Pressed) -> RequestView:
    if pressed.wanted == T.CANCELLED:
        api.wait_for_stage(pressed.request_id, Stage.INFERRING)
        api.post(paths.cancel(pressed.request_id))
    return api.wait_for_end(pressed.request_id, seconds=120)


def check(view: RequestView, pressed: Pressed) -> None:
    """A right result, or the reason of its own."""
    match pressed.wanted:
        case T.NONE | T.ABORTED_ONCE:
            assert view.status == RequestStatus.COMPLETED, view.problem
            assert view.result is not None
            assert view.result.mask_sha256 == mask_digest(pressed.plan.truth_zyx)
            assert view.attempt == (1 if pressed.wanted == T.NONE else 2)
        case T.CANCELLED:
            assert view.status == RequestStatus.CANCELLED
        case _:
            assert view.status == RequestStatus.FAILED
            assert view.problem is not None
            assert SAID[pressed.wanted] in view.problem.error


SAID = {
    T.HUNGRY: english_sentence(ErrorCode.OUT_OF_MEMORY, {"device": "cpu"}),
    T.KILLED: english_sentence(ErrorCode.ENGINE_KILLED, {}),
    T.HANGING: english_sentence(ErrorCode.MODEL_TOO_SLOW, {"seconds": LIMIT_SECONDS}),
}


def the_worker(api: QueueApi) -> WorkerView:
    [view] = WorkerList.model_validate(api.get("workers/").json()).workers
    return view


def test_fifty_requests_with_trouble_among_them_end_as_they_should_and_leave_no_memory_behind(
    system: System, api: QueueApi, tmp_path: Path
) -> None:
    assert len(ORDER) == 50
    requests = [press(system, api, wanted) for wanted in ORDER]
    supervisor_bytes, model_bytes = 0, 0
    with worker_with(system, write_package(tmp_path, b"weights", LIMIT_SECONDS)) as worker:
        for number, pressed in enumerate(requests):
            check(end(api, pressed), pressed)
            if number == 0:
                supervisor_bytes = resident_bytes(worker.process.pid)
            if number == FIRST_GOOD:
                model_bytes = resident_bytes(worker.inference_pid())
        assert resident_bytes(worker.process.pid) <= GROWTH * supervisor_bytes
        assert resident_bytes(worker.inference_pid()) <= GROWTH * model_bytes
    assert [view.status for view in api.requests(status="pending")] == []
    assert the_worker(api).quarantined == ()


def test_a_model_that_comes_to_a_bad_end_each_time_is_run_no_more_until_it_is_mended(
    system: System, api: QueueApi, tmp_path: Path
) -> None:
    hanging = [press(system, api, T.HANGING) for _ in range(3)]
    good = press(system, api, T.NONE)
    with worker_with(system, write_package(tmp_path, b"weights", TOO_SHORT_SECONDS)):
        for pressed in hanging:
            assert end(api, pressed).status == RequestStatus.FAILED
        until(lambda: bool(the_worker(api).quarantined), what="the model is in quarantine")
        shown = the_worker(api)
        assert shown.models == ()
        assert [held.reason for held in shown.quarantined] == [ErrorCode.MODEL_TOO_SLOW]
        waiting = api.show(good.request_id).waiting_for
        assert waiting is not None
        assert waiting.reason == WaitingReason.MODEL_QUARANTINED
        write_package(tmp_path, b"mended weights", LIMIT_SECONDS)
        check(end(api, good), good)
        assert the_worker(api).models == ("stub-bright",)
