"""From the press on a series in Orthanc to a SEG in Orthanc, through the parts that ship."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest
from builders.mr_series import PLANES, Plane, SeriesPlan, build_series
from builders.network_package import write_torchscript_package
from fakes.worker_process import WorkerProcess
from integration.end_to_end import Bright, check_segmented, stored_object_id
from integration.queue_api import QueueApi
from integration.stored_results import instances_of_kind, saved
from integration.system import System
from integration.unique_series import unique

from segrelay_contract.error_codes import ErrorCode, english_sentence
from segrelay_contract.status import Outcome, RequestStatus


@pytest.fixture(scope="module")
def worker(
    shared_system: System, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WorkerProcess]:
    weights = write_torchscript_package(tmp_path_factory.mktemp("model"), Bright())
    with shared_system.shipped_worker(weights) as process:
        yield process


@pytest.fixture
def api(shared_system: System, worker: WorkerProcess) -> Iterator[QueueApi]:
    with shared_system.django.api() as client:
        yield client


@pytest.mark.parametrize("plane", sorted(PLANES))
def test_a_press_leads_to_a_seg_that_is_right_voxel_by_voxel(
    plane: Plane, shared_system: System, api: QueueApi, tmp_path: Path
) -> None:
    plan = unique(SeriesPlan(plane=plane))
    series_id = shared_system.send(build_series(plan))
    pressed = api.press(series_id)
    assert (pressed.deduplicated, pressed.status) == (False, RequestStatus.PENDING)
    view = api.wait_for_end(pressed.request_id)
    check_segmented(view, archive=shared_system.archive, plan=plan, scratch=tmp_path)


def test_a_series_may_be_named_by_its_instance_uid_and_is_worked_on_once(
    shared_system: System, api: QueueApi
) -> None:
    plan = unique()
    series_id = shared_system.send(build_series(plan))
    first = api.press(series_id, model="stub-bright")
    again = api.press(plan.uid(2), model="stub-bright")
    assert (again.request_id, again.deduplicated) == (first.request_id, True)
    study_id = api.wait_for_end(first.request_id).study_id
    later = api.press(series_id, model="stub-bright")
    assert (later.request_id, later.deduplicated) == (first.request_id, True)
    assert len(instances_of_kind(shared_system.archive, study_id, "SEG")) == 1


def test_the_same_images_under_two_patient_ids_give_each_patient_a_result_of_its_own(
    shared_system: System, api: QueueApi, tmp_path: Path
) -> None:
    plan = unique()
    patients = ("WRONG", "CORRECTED")
    sent = [build_series(plan, changes={"PatientID": patient}) for patient in patients]
    series_ids = [shared_system.send(images) for images in sent]
    requests, uids = [], set()
    for patient, series_id in zip(patients, series_ids, strict=True):
        pressed = api.press(series_id)
        assert not pressed.deduplicated
        view = api.wait_for_end(pressed.request_id)
        assert view.series_id == series_id
        check_segmented(view, archive=shared_system.archive, plan=plan, scratch=tmp_path / patient)
        stored = [stored_object_id(view, kind) for kind in ("SEG", "SC", "SR")]
        results = [pydicom.dcmread(file) for file in saved(shared_system.archive, stored, tmp_path)]
        assert {result.PatientID for result in results} == {patient}
        uids |= {result.SOPInstanceUID for result in results}
        uids |= {result.SeriesInstanceUID for result in results}
        requests.append(view.request_id)
    assert len(uids) == 12  # two for each of three objects of two patients
    assert [api.press(series_id).request_id for series_id in series_ids] == requests


def test_where_the_model_marks_nothing_the_request_completes_without_a_seg(
    shared_system: System, api: QueueApi, tmp_path: Path
) -> None:
    series_id = shared_system.send(build_series(unique(lesion=False)))
    view = api.wait_for_end(api.press(series_id).request_id)
    assert (view.status, view.outcome) == (RequestStatus.COMPLETED, Outcome.NOTHING_FOUND)
    assert view.seg_instance_id is None
    assert instances_of_kind(shared_system.archive, view.study_id, "SEG") == []
    [picture] = saved(shared_system.archive, [stored_object_id(view, "SC")], tmp_path)
    assert pydicom.dcmread(picture).StudyInstanceUID == view.study_instance_uid


def test_an_image_whose_pixels_are_cut_off_fails_with_a_sentence(
    shared_system: System, api: QueueApi
) -> None:
    images = build_series(unique())
    images[3].PixelData = images[3].PixelData[:100]
    series_id = shared_system.send(images)
    view = api.wait_for_end(api.press(series_id).request_id)
    assert (view.status, view.attempt) == (RequestStatus.FAILED, 1)
    assert view.problem is not None
    assert view.problem.code == ErrorCode.UNDECODABLE_PIXELS
    number = int(images[3].InstanceNumber)
    assert view.problem.error == english_sentence(
        ErrorCode.UNDECODABLE_PIXELS, {"instance_number": number}
    )
    assert instances_of_kind(shared_system.archive, view.study_id, "SEG") == []
