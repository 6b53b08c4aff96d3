import sys
from pathlib import Path

import highdicom as hd
import numpy as np
import numpy.typing as npt
import pytest
from highdicom.seg import Segmentation, SegmentDescription
from highdicom.sr.coding import CodedConcept
from pydicom import Dataset

from demo.comparison import compared
from demo.errors import StoredMaskUnreadableError
from demo.mr_series import Volume
from demo.placed_mask import PlacedMask
from demo.stored_mask import stored_mask

BRAIN = SegmentDescription(
    1,
    "Brain",
    CodedConcept("123037004", "SCT", "Anatomical Structure"),
    CodedConcept("12738006", "SCT", "Brain"),
    "AUTOMATIC",
    hd.AlgorithmIdentificationSequence("test", CodedConcept("123109", "DCM", "AI"), "1"),
)


@pytest.fixture
def mask_crs() -> npt.NDArray[np.bool_]:
    """On one side, near one corner, and absent from the outermost slices."""
    mask = np.zeros((7, 5, 6), dtype=bool)
    mask[0:2, 1:4, 1:4] = True
    mask[2, 1, 2] = True
    return mask


def write_seg(path: Path, series: list[Dataset], mask_crs: npt.NDArray[np.bool_]) -> Path:
    frames = mask_crs.transpose(2, 1, 0).astype(np.uint8)
    about = ("Nobody", "test", "1", "1")
    uids = "2.25.1", 1, "2.25.2", 1
    Segmentation(series, frames, "BINARY", [BRAIN], *uids, *about).save_as(path)
    return path


def in_patient(volume: Volume, mask_crs: npt.NDArray[np.bool_]) -> PlacedMask:
    return PlacedMask(
        mask_ijk=mask_crs, affine_ras=np.diag([-1.0, -1.0, 1.0, 1.0]) @ volume.affine_lps
    )


def test_a_stored_mask_comes_back_in_its_place(
    volume: Volume, series: list[Dataset], mask_crs: npt.NDArray[np.bool_], tmp_path: Path
) -> None:
    read = stored_mask(write_seg(tmp_path / "seg.dcm", series, mask_crs))
    comparison = compared(read, reference=in_patient(volume, mask_crs))
    assert read.mask_ijk.sum() == 19
    assert (comparison.dice, comparison.voxels_different) == (1.0, 0)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_mask_that_was_stored_mirrored_is_found_out(
    volume: Volume,
    series: list[Dataset],
    mask_crs: npt.NDArray[np.bool_],
    tmp_path: Path,
    axis: int,
) -> None:
    read = stored_mask(write_seg(tmp_path / "seg.dcm", series, np.flip(mask_crs, axis)))
    comparison = compared(read, reference=in_patient(volume, mask_crs))
    assert comparison.dice < 0.95
    assert comparison.voxels_different > 0


def test_a_file_that_is_no_seg_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "seg.dcm"
    path.write_bytes(b"not DICOM")
    with pytest.raises(StoredMaskUnreadableError, match=r"found no segment 1 in seg\.dcm"):
        stored_mask(path)


def test_a_segment_that_is_not_there_is_reported(
    series: list[Dataset], mask_crs: npt.NDArray[np.bool_], tmp_path: Path
) -> None:
    path = write_seg(tmp_path / "seg.dcm", series, mask_crs)
    with pytest.raises(StoredMaskUnreadableError, match="found no segment 2"):
        stored_mask(path, segment=2)


def test_without_dcmqi_the_error_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(StoredMaskUnreadableError, match="Run `make setup`"):
        stored_mask(tmp_path / "seg.dcm")
