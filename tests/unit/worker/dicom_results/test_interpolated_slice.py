from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from builders.corpus.case import write_case
from builders.corpus.understood import UNDERSTOOD
from builders.finished_work import NOW
from fakes.stub_segmenter import StubSegmenter, write_stub_package
from pydicom import dcmread

from segrelay_worker.inference.input_folder import InputFolder
from segrelay_worker.inference.segment_series import segment_series
from segrelay_worker.segmenters.package import load_package


@pytest.mark.parametrize("name", ["slice", "frame"])
def test_a_frame_on_an_interpolated_slice_names_no_image(name: str, tmp_path: Path) -> None:
    case = UNDERSTOOD[f"a missing {name} that the model lets be interpolated"]
    write_case(case, tmp_path / "series")
    (tmp_path / "results").mkdir()
    package = load_package(write_stub_package(tmp_path / "package", interpolate=True))
    outcome = segment_series(
        inputs=[InputFolder(tmp_path / "series")],
        results_folder=tmp_path / "results",
        package=package,
        segmenter=StubSegmenter(package),
        threshold=None,
        run=0,
        report=lambda _stage, _fraction: None,
        now=NOW,
    )
    assert outcome.segments[0].voxel_count == case.plan.truth_zyx.sum()
    frames = dcmread(outcome.files[0].path).PerFrameFunctionalGroupsSequence
    [alone] = [frame for frame in frames if "DerivationImageSequence" not in frame]
    place = (case.plan.affine_zyx_to_lps @ [14, 0, 0, 1])[:3]
    position = np.array(alone.PlanePositionSequence[0].ImagePositionPatient, float)
    np.testing.assert_allclose(position, place, atol=1e-6)
