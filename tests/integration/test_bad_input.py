"""What cannot be segmented is refused at the press, with a sentence."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from builders.minimal_mr import CT_IMAGE, as_bytes
from builders.mr_series import Plane, build_series
from integration.queue_api import QueueApi
from integration.system import System
from integration.unique_series import SMALL, unique
from pydicom import Dataset

from segrelay_contract import paths
from segrelay_contract.error_codes import ErrorCode, Parameters, english_sentence
from segrelay_contract.requests import ErrorAnswer

UNKNOWN = "00000000-00000000-00000000-00000000-00000000"


@pytest.fixture
def api(shared_system: System) -> Iterator[QueueApi]:
    with shared_system.django.api() as client:
        yield client


def refusal(api: QueueApi, series_id: str, *, status: int) -> ErrorAnswer:
    """What a press is answered that leaves no request behind."""
    answer = api.post(paths.segment_series(series_id))
    assert answer.status_code == status, answer.text
    assert api.requests(series_id=series_id) == ()
    return ErrorAnswer.model_validate(answer.json())


def only_reason(answer: ErrorAnswer) -> tuple[str, str]:
    assert answer.code == ErrorCode.UNSUITABLE_SERIES
    assert answer.reasons is not None
    [reason] = answer.reasons
    return reason.code, reason.error


def told(code: ErrorCode, parameters: Parameters | None = None) -> tuple[str, str]:
    return code, english_sentence(code, parameters or {})


@pytest.mark.parametrize("series", [UNKNOWN, "1.2.3.4"], ids=["orthanc id", "instance uid"])
def test_a_series_that_orthanc_does_not_hold_is_unknown(api: QueueApi, series: str) -> None:
    answer = refusal(api, series, status=404)
    assert (answer.code, answer.error) == told(ErrorCode.UNKNOWN_SERIES)


def test_a_ct_series_is_refused_by_its_modality(shared_system: System, api: QueueApi) -> None:
    images = build_series(unique(changes={"Modality": "CT", "SOPClassUID": CT_IMAGE}))
    answer = refusal(api, shared_system.send(images), status=422)
    assert only_reason(answer) == told(ErrorCode.WRONG_MODALITY, {"modality": "CT"})


def test_a_localizer_is_refused_for_its_three_planes(shared_system: System, api: QueueApi) -> None:
    answer = refusal(api, shared_system.send(localizer()), status=422)
    assert only_reason(answer) == told(ErrorCode.LOCALIZER, {})


def test_a_single_slice_is_no_volume(shared_system: System, api: QueueApi) -> None:
    [image, *_] = build_series(unique())
    answer = refusal(api, shared_system.send([image]), status=422)
    assert only_reason(answer) == told(ErrorCode.SINGLE_SLICE)


def test_a_missing_slice_is_noticed_in_any_order(shared_system: System, api: QueueApi) -> None:
    images = build_series(unique(shuffled=False))
    answer = refusal(api, shared_system.send([*images[3:], *images[:2]]), status=422)
    spacing_mm = SMALL.spacing_zyx_mm[0]
    assert only_reason(answer) == told(
        ErrorCode.MISSING_SLICES, {"count": 1, "after_mm": spacing_mm}
    )


def test_orthanc_takes_no_file_that_ends_within_its_pixels(shared_system: System) -> None:
    """Why a cut file can reach the worker only as an image with too few pixels."""
    [image, *_] = build_series(unique())
    cut = as_bytes(image)[:-50]
    archive = shared_system.archive
    answer = requests.post(f"{archive.url}/instances", data=cut, auth=archive.admin, timeout=30)
    assert answer.status_code == 400


def test_the_sentence_comes_in_the_readers_language(api: QueueApi) -> None:
    path = paths.segment_series(UNKNOWN)
    english = api.post(path, headers={"Accept-Language": "en"}).json()["error"]
    korean = api.post(path, headers={"Accept-Language": "ko"}).json()["error"]
    assert english == told(ErrorCode.UNKNOWN_SERIES)[1]
    assert korean != english
    assert any("가" <= letter <= "힣" for letter in korean)


def localizer() -> list[Dataset]:
    shared = unique()
    planes: tuple[Plane, ...] = ("axial", "sagittal", "coronal")
    images = [image for plane in planes for image in build_series(unique(plane=plane))]
    for image in images:
        image.StudyInstanceUID = shared.uid(1)
        image.SeriesInstanceUID = shared.uid(2)
        image.FrameOfReferenceUID = shared.uid(3)
    return images
