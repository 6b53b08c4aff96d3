"""A request outlives the worker that holds it, however that worker ends."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from builders.mr_series import build_series
from fakes.cutting_proxy import CuttingProxy, Trouble
from fakes.stub_segmenter import WAIT_FILE_VARIABLE
from fakes.worker_process import is_running
from integration.end_to_end import check_segmented
from integration.orthanc_server import OrthancServer
from integration.polling import until
from integration.system import System, django_for
from integration.unique_series import unique

from segrelay_contract.status import RequestStatus, Stage

pytestmark = pytest.mark.long

RESULT_POSTED = b"POST /segrelay/requests/"


@pytest.fixture
def system(archive: OrthancServer, tmp_path: Path) -> Iterator[System]:
    """A queue whose leases run out within the test, yet outlast a renewal on busy cores."""
    with django_for(archive, tmp_path / "django", lease_seconds=12) as django:
        yield System(tmp_path, archive, django)


def test_after_kill_9_in_inference_another_worker_finishes_and_one_seg_is_stored(
    system: System, tmp_path: Path
) -> None:
    plan = unique()
    series_id = system.send(build_series(plan))
    with system.django.api() as api:
        with system.stub_worker("lab1", {WAIT_FILE_VARIABLE: str(tmp_path / "never")}) as first:
            request_id = api.press(series_id).request_id
            assert api.wait_for_stage(request_id, Stage.INFERRING).worker == "lab1"
            model_process = first.inference_pid()
            first.signal(signal.SIGKILL)
            first.exit_status()
        until(lambda: not is_running(model_process), what="the model's process ends with its owner")
        with system.stub_worker("lab2"):
            view = api.wait_for_end(request_id)
    assert (view.worker, view.attempt) == ("lab2", 2)
    check_segmented(view, archive=system.archive, plan=plan, scratch=tmp_path / "stored")


def test_a_result_that_kill_9_kept_from_being_stored_is_delivered_without_inferring_again(
    system: System, archive: OrthancServer, tmp_path: Path
) -> None:
    plan = unique()
    series_id = system.send(build_series(plan))
    with (
        system.django.api() as api,
        CuttingProxy([archive.http_port], Trouble(holds=RESULT_POSTED)) as nothing_is_stored,
    ):
        with system.stub_worker("lab1", {"ORTHANC_URL": nothing_is_stored.url}) as first:
            request_id = api.press(series_id).request_id
            api.wait_for_stage(request_id, Stage.UPLOADING)
            first.signal(signal.SIGKILL)
            first.exit_status()
        with system.stub_worker("lab1", {WAIT_FILE_VARIABLE: str(tmp_path / "never")}):
            view = api.wait_for_end(request_id)
    assert (view.worker, view.attempt) == ("lab1", 1)
    check_segmented(view, archive=system.archive, plan=plan, scratch=tmp_path / "stored")


def test_sigterm_in_inference_gives_the_request_back_without_counting_the_attempt(
    system: System, tmp_path: Path
) -> None:
    series_id = system.send(build_series(unique()))
    with system.django.api() as api:
        with system.stub_worker("lab1", {WAIT_FILE_VARIABLE: str(tmp_path / "never")}) as first:
            request_id = api.press(series_id).request_id
            api.wait_for_stage(request_id, Stage.INFERRING)
            first.signal(signal.SIGTERM)
            assert first.exit_status() == 0
        view = api.show(request_id)
        assert (view.status, view.stage) == (RequestStatus.PENDING, None)
        assert attempts_used(system, request_id) == 0
        with system.stub_worker("lab2"):
            view = api.wait_for_end(request_id)
    assert (view.status, view.worker) == (RequestStatus.COMPLETED, "lab2")


def attempts_used(system: System, request_id: UUID) -> int:
    query = "SELECT attempts_used FROM queue_segmentationrequest WHERE id = ?"
    row = system.django.row(query, request_id.hex)
    assert row is not None
    return int(row[0])
