from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from builders.finished_work import finished_work
from builders.mr_series import PLANES, Plane, SeriesPlan
from fakes.stub_segmenter import StubSegmenter, write_stub_package
from numpy.typing import NDArray

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError
from segrelay_worker.inference.reorientation import reorientation_to
from segrelay_worker.inference.segment_volume import segment_volume
from segrelay_worker.segmenters.package import ModelPackage, load_package
from segrelay_worker.segmenters.segmenter import (
    PlacedChannels,
    Prediction,
    ReportFraction,
    Segmenter,
)


class FixedSegmenter:
    """Returns what it was made with, and remembers what it saw."""

    def __init__(self, probabilities_sxyz: NDArray[np.float32]) -> None:
        self.probabilities_sxyz = probabilities_sxyz

    def predict(self, channels: PlacedChannels, report: ReportFraction) -> Prediction:
        self.seen_cxyz = channels.array_cxyz
        report(1.0)
        return Prediction(self.probabilities_sxyz)


def _segment(
    folder: Path,
    plan: SeriesPlan,
    segmenter: FixedSegmenter,
    threshold: float = 0.5,
) -> NDArray[np.bool_]:
    work = finished_work(folder, plan)
    return segment_volume(
        channels_czyx=work.volume.array_zyx[np.newaxis],
        affine_zyx_to_lps=work.volume.affine_zyx_to_lps,
        package=work.package,
        segmenter=segmenter,
        threshold=threshold,
        report=lambda _: None,
    ).mask_szyx


@pytest.mark.parametrize("orientation", ["RAS", "LPS", "SAR"])
@pytest.mark.parametrize("plane", PLANES)
def test_the_mask_lies_on_the_series_grid(tmp_path: Path, plane: Plane, orientation: str) -> None:
    plan = SeriesPlan(plane=plane)
    package = load_package(write_stub_package(tmp_path, orientation=orientation))
    volume = finished_work(tmp_path / "work", plan).volume
    mask_szyx = segment_volume(
        channels_czyx=volume.array_zyx[np.newaxis],
        affine_zyx_to_lps=volume.affine_zyx_to_lps,
        package=package,
        segmenter=StubSegmenter(package),
        threshold=0.5,
        report=lambda _: None,
    ).mask_szyx
    np.testing.assert_array_equal(mask_szyx[0], plan.truth_zyx)


def test_the_network_sees_the_orientation_of_its_package(tmp_path: Path) -> None:
    plan = SeriesPlan(plane="sagittal")
    segmenter = FixedSegmenter(np.zeros((1, 20, 36, 44), dtype=np.float32))
    _segment(tmp_path, plan, segmenter)
    # RAS: the lesion is left (low x), anterior (high y), toward the head (high z).
    bright_xyz = np.argwhere(segmenter.seen_cxyz[0] > 500).mean(axis=0)
    middle_xyz = (np.array(segmenter.seen_cxyz.shape[1:]) - 1) / 2
    assert (np.sign(bright_xyz - middle_xyz) == [-1, 1, 1]).all()


def test_a_probability_at_the_threshold_is_outside(tmp_path: Path) -> None:
    plan = SeriesPlan(shape_zyx=(2, 3, 4))
    probabilities = np.full((1, 4, 3, 2), 0.25, dtype=np.float32)
    assert not _segment(tmp_path, plan, FixedSegmenter(probabilities), threshold=0.25).any()
    assert _segment(tmp_path / "2", plan, FixedSegmenter(probabilities), threshold=0.24).all()


def test_a_wrong_shape_is_named(tmp_path: Path) -> None:
    plan = SeriesPlan(shape_zyx=(2, 3, 4))
    with pytest.raises(PermanentError) as caught:
        _segment(tmp_path, plan, FixedSegmenter(np.zeros((2, 4, 3, 2), dtype=np.float32)))
    assert caught.value.code is ErrorCode.OUTPUT_SHAPE_MISMATCH
    assert caught.value.parameters == {"actual": "(2, 4, 3, 2)", "expected": "(1, 4, 3, 2)"}


def test_numbers_that_are_none_do_not_pass_as_nothing_found(tmp_path: Path) -> None:
    probabilities = np.zeros((1, 4, 3, 2), dtype=np.float32)
    probabilities[0, 1, 1, 1] = np.nan
    with pytest.raises(PermanentError) as caught:
        _segment(tmp_path, SeriesPlan(shape_zyx=(2, 3, 4)), FixedSegmenter(probabilities))
    assert caught.value.code is ErrorCode.MODEL_FAILED


def test_components_and_holes_are_cleaned_where_the_package_says_so(tmp_path: Path) -> None:
    probabilities = np.zeros((1, 8, 7, 6), dtype=np.float32)
    probabilities[0, 1:6, 1:6, 1:6] = 1
    probabilities[0, 3, 3, 3] = 0
    probabilities[0, 7, 0, 0] = 1
    volume = finished_work(tmp_path / "work", SeriesPlan(shape_zyx=(6, 7, 8))).volume
    package = load_package(write_stub_package(tmp_path, clean=True))
    mask_szyx = segment_volume(
        channels_czyx=volume.array_zyx[np.newaxis],
        affine_zyx_to_lps=volume.affine_zyx_to_lps,
        package=package,
        segmenter=FixedSegmenter(probabilities),
        threshold=0.5,
        report=lambda _: None,
    ).mask_szyx
    assert mask_szyx.sum() == 125


def _package_with(folder: Path, *, input_lines: str = "", activation: str = "none") -> ModelPackage:
    write_stub_package(folder, labels=("Lesion", "Core"))
    manifest = folder / "model.toml"
    text = manifest.read_text(encoding="utf-8").replace('"none"', f'"{activation}"')
    manifest.write_text(text.replace("[output]", f"{input_lines}\n[output]"), encoding="utf-8")
    return load_package(folder)


RESAMPLE = '[[input.preprocessing]]\nstep = "resample"\nspacing_mm = [1.5, 1.25, 1.0]'


class RememberingStub(StubSegmenter):
    """The stub, whose input can be looked at."""

    def predict(self, channels: PlacedChannels, report: ReportFraction) -> Prediction:
        self.seen_cxyz = channels.array_cxyz
        return super().predict(channels, report)


def _with_package(
    folder: Path, plan: SeriesPlan, package: ModelPackage, segmenter: Segmenter
) -> NDArray[np.bool_]:
    volume = finished_work(folder / "work", plan).volume
    return segment_volume(
        channels_czyx=volume.array_zyx[np.newaxis],
        affine_zyx_to_lps=volume.affine_zyx_to_lps,
        package=package,
        segmenter=segmenter,
        threshold=0.5,
        report=lambda _: None,
    ).mask_szyx


@pytest.mark.parametrize("plane", PLANES)
def test_a_network_sees_its_voxel_size_and_the_mask_lies_on_the_series_grid(
    tmp_path: Path, plane: Plane
) -> None:
    plan = SeriesPlan(plane=plane)
    package = _package_with(tmp_path, input_lines=RESAMPLE)
    segmenter = RememberingStub(package)
    mask_szyx = _with_package(tmp_path, plan, package, segmenter)
    seen_mm = np.array(segmenter.seen_cxyz.shape[1:]) * (1.5, 1.25, 1.0)
    whole_mm3 = np.prod(plan.shape_zyx) * np.prod(plan.spacing_zyx_mm)
    assert np.prod(seen_mm) == pytest.approx(whole_mm3, rel=0.1)
    different = np.count_nonzero(mask_szyx[0] != plan.truth_zyx)
    assert different < 0.12 * plan.truth_zyx.sum()  # edges alone
    assert np.count_nonzero(mask_szyx[0] != plan.truth_zyx[:, :, ::-1]) > different


def test_intensities_are_changed_in_the_packages_order(tmp_path: Path) -> None:
    steps = "".join(f'[[input.preprocessing]]\nstep = "{step}"\n' for step in ("min_max", "zscore"))
    package = _package_with(tmp_path, input_lines=steps)
    segmenter = RememberingStub(package)
    _with_package(tmp_path, SeriesPlan(), package, segmenter)
    assert segmenter.seen_cxyz.mean() == pytest.approx(0, abs=1e-4)
    assert segmenter.seen_cxyz.std() == pytest.approx(1, abs=1e-4)


def test_each_voxel_goes_to_the_most_probable_channel_if_the_package_says_so(
    tmp_path: Path,
) -> None:
    package = _package_with(tmp_path, activation="argmax")
    probabilities = np.zeros((2, 4, 3, 2), dtype=np.float32)
    probabilities[:, 0] = np.array([0.4, 0.35])[:, None, None]  # background 0.25
    probabilities[:, 1] = np.array([0.1, 0.5])[:, None, None]  # background 0.4
    probabilities[:, 2] = np.array([0.3, 0.3])[:, None, None]  # background 0.4
    plan = SeriesPlan(shape_zyx=(2, 3, 4))
    mask_szyx = _with_package(tmp_path, plan, package, FixedSegmenter(probabilities))
    reorientation = reorientation_to("RAS", plan.affine_zyx_to_lps)
    by_x = reorientation.apply(mask_szyx)[:, :, 0, 0]
    np.testing.assert_array_equal(by_x, [[True, False, False, False], [False, True, False, False]])
