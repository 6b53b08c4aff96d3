from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from builders.finished_work import NOW
from builders.many_slices_in_one import enhanced_mr, mosaic
from builders.mr_series import SeriesPlan, write_series
from fakes.stub_segmenter import write_stub_package
from pydicom import Dataset, dcmread

from segrelay_worker.dicom_results.reported_result import reported_result
from segrelay_worker.dicom_results.result_set import write_results
from segrelay_worker.dicom_results.seg_content import binary_content
from segrelay_worker.dicom_results.work import FinishedWork
from segrelay_worker.segmenters.package import load_package
from segrelay_worker.series_volume.assembly import assemble_volume
from segrelay_worker.series_volume.decoding import read_series

PLAN = SeriesPlan(plane="oblique", shape_zyx=(8, 24, 20), spacing_zyx_mm=(7.0, 4.0, 4.5))


def _seg(folder: Path, image: Dataset) -> Dataset:
    """Of an image as it comes from a file: read, its elements belong to all of its slices."""
    write_series([image], folder / "series")
    package = load_package(write_stub_package(folder / "package"))
    volume = assemble_volume(read_series(folder / "series"))
    work = FinishedWork(volume, package, threshold=0.5, run=0, now=NOW)
    mask_szyx = PLAN.truth_zyx[np.newaxis]
    write_results(
        work=work,
        content=binary_content(mask_szyx),
        result=reported_result(work, mask_szyx),
        folder=folder,
        report=lambda _fraction: None,
    )
    return dcmread(folder / "seg.dcm")


def test_each_frame_of_a_seg_names_the_frame_that_it_lies_on(tmp_path: Path) -> None:
    image = enhanced_mr(PLAN)
    seg = _seg(tmp_path, image)
    assert len(seg.PerFrameFunctionalGroupsSequence) > 1
    for frame in seg.PerFrameFunctionalGroupsSequence:
        [source] = frame.DerivationImageSequence[0].SourceImageSequence
        assert source.ReferencedSOPInstanceUID == image.SOPInstanceUID
        lies_on = image.PerFrameFunctionalGroupsSequence[source.ReferencedFrameNumber - 1]
        position_mm = lies_on.PlanePositionSequence[0].ImagePositionPatient
        assert frame.PlanePositionSequence[0].ImagePositionPatient == pytest.approx(position_mm)


def test_all_frames_of_a_seg_name_the_one_mosaic(tmp_path: Path) -> None:
    image = mosaic(PLAN)
    seg = _seg(tmp_path, image)
    [series] = seg.ReferencedSeriesSequence
    assert [i.ReferencedSOPInstanceUID for i in series.ReferencedInstanceSequence] == [
        image.SOPInstanceUID
    ]
    for frame in seg.PerFrameFunctionalGroupsSequence:
        [source] = frame.DerivationImageSequence[0].SourceImageSequence
        assert source.ReferencedSOPInstanceUID == image.SOPInstanceUID
        assert "ReferencedFrameNumber" not in source
