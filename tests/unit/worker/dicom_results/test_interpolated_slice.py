from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from builders.corpus.case import write_case
from builders.corpus.understood import UNDERSTOOD
from builders.segmented import segmented
from fakes.stub_segmenter import write_stub_package
from pydicom import dcmread

from segrelay_worker.segmenters.package import load_package


@pytest.mark.parametrize("name", ["slice", "frame"])
def test_a_frame_on_an_interpolated_slice_names_no_image(name: str, tmp_path: Path) -> None:
    case = UNDERSTOOD[f"a missing {name} that the model lets be interpolated"]
    write_case(case, tmp_path / "series")
    package = load_package(write_stub_package(tmp_path / "package", interpolate=True))
    outcome = segmented(tmp_path / "series", tmp_path / "results", package)
    assert outcome.segments[0].voxel_count == case.plan.truth_zyx.sum()
    frames = dcmread(outcome.files[0].path).PerFrameFunctionalGroupsSequence
    [alone] = [frame for frame in frames if "DerivationImageSequence" not in frame]
    place = (case.plan.affine_zyx_to_lps @ [14, 0, 0, 1])[:3]
    position = np.array(alone.PlanePositionSequence[0].ImagePositionPatient, float)
    np.testing.assert_allclose(position, place, atol=1e-6)
