from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from builders.corpus.case import Refused, Understood, write_case
from builders.corpus.refused import REFUSED
from builders.corpus.understood import UNDERSTOOD
from fakes.stub_segmenter import StubSegmenter, write_stub_package

from segrelay_worker.errors import PermanentError
from segrelay_worker.inference.input_folder import InputFolder
from segrelay_worker.inference.series_mask import SeriesMask, find_mask
from segrelay_worker.segmenters.package import load_package

# As in the worker's process: pydicom's warnings may quote patient tags.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def _find(case: Understood | Refused, folder: Path) -> SeriesMask:
    write_case(case, folder / "series")
    package = load_package(
        write_stub_package(
            folder / "package", volume=case.volume_rule, interpolate=case.interpolate
        )
    )
    return find_mask(
        inputs=[InputFolder(folder / "series")],
        package=package,
        segmenter=StubSegmenter(package),
        threshold=None,
        report=lambda _: None,
    )


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_the_mask_is_right_to_the_voxel_in_patient_space(name: str, tmp_path: Path) -> None:
    case = UNDERSTOOD[name]
    found = _find(case, tmp_path)
    np.testing.assert_array_equal(found.mask_szyx[0], case.plan.truth_zyx)
    points_lps = np.argwhere(found.mask_szyx[0]) @ found.volume.affine_zyx_to_lps[:3, :3].T
    points_lps += found.volume.affine_zyx_to_lps[:3, 3]
    np.testing.assert_allclose(points_lps, case.plan.points_lps[case.plan.truth_zyx], atol=0.02)
    assert found.volume.voxel_ml == pytest.approx(np.prod(case.plan.spacing_zyx_mm) / 1e3, rel=2e-3)
    assert tuple(warning.code for warning in found.inputs.warnings) == case.warnings


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_volume_is_refused_with_its_reason(name: str, tmp_path: Path) -> None:
    case = REFUSED[name]
    with pytest.raises(PermanentError) as caught:
        _find(case, tmp_path)
    assert caught.value.code is case.code
    assert caught.value.parameters.items() >= case.parameters.items()
    assert str(caught.value)  # the sentence has all its parameters


def test_the_corpus_is_large_and_no_two_cases_share_a_name() -> None:
    assert len(UNDERSTOOD) + len(REFUSED) == len({*UNDERSTOOD, *REFUSED})
    assert len(UNDERSTOOD) >= 60


def test_no_lesion_of_the_corpus_looks_the_same_in_a_mirror() -> None:
    for case in UNDERSTOOD.values():
        truth = case.plan.truth_zyx
        for axis in range(3):
            assert (np.flip(truth, axis) != truth).any() or not case.plan.lesion
