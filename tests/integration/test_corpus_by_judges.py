"""Every series of the corpus that is understood: its results by programs that are not ours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from builders.corpus.case import Understood, write_case
from builders.corpus.understood import UNDERSTOOD
from builders.segmented import segmented
from fakes.stub_segmenter import write_stub_package
from integration.dicom_judges import (
    LATERALITY_MISSING,
    dcentvfy_complaints,
    dciodvfy_errors,
    dcmqi_mask,
    pixelmed_errors,
    pixelmed_report_errors,
    tid1500_groups,
)
from pydicom import dcmread
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

from segrelay_worker.inference.outcome import SeriesOutcome
from segrelay_worker.segmenters.package import load_package

# As in the worker's process: pydicom's warnings may quote patient tags.
pytestmark = [pytest.mark.filterwarnings("ignore::UserWarning"), pytest.mark.long]


def _results(case: Understood, folder: Path) -> SeriesOutcome:
    write_case(case, folder / "series")
    package = load_package(
        write_stub_package(
            folder / "package", volume=case.volume_rule, interpolate=case.interpolate
        )
    )
    return segmented(folder / "series", folder / "results", package)


def _sources(folder: Path) -> list[Path]:
    """Each image once, as dcentvfy can read them."""
    images = {}
    for path in folder.iterdir():
        image = dcmread(path, stop_before_pixels=True)
        if image.file_meta.TransferSyntaxUID == DeflatedExplicitVRLittleEndian:
            image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        image.save_as(path)  # its pixels matter to nobody any more
        images[image.SOPInstanceUID] = path
    return list(images.values())


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_its_results_are_good(name: str, tmp_path: Path) -> None:
    case = UNDERSTOOD[name]
    outcome = _results(case, tmp_path)
    paths = {file.kind: file.path for file in outcome.files}
    assert [line for path in paths.values() for line in dciodvfy_errors(path)] == []
    assert dcentvfy_complaints([*_sources(tmp_path / "series"), *paths.values()]) == []
    (figures,) = outcome.segments
    (group,) = tid1500_groups(paths["SR"], tmp_path)
    assert [float(item["value"]) for item in group["measurementItems"]] == pytest.approx(
        [figures.volume_ml, figures.voxel_count, figures.longest_diameter_mm]
    )
    assert pixelmed_report_errors(paths["SR"]) == []
    if case.plan.lesion:
        assert {*pixelmed_errors(paths["SEG"])} <= {LATERALITY_MISSING}
        read_zyx = dcmqi_mask(
            paths["SEG"],
            tmp_path / "dcmqi",
            case.plan.affine_zyx_to_lps,
            (1, *case.plan.shape_zyx),
        )[0]
        assert np.count_nonzero(read_zyx != case.plan.truth_zyx) == 0
