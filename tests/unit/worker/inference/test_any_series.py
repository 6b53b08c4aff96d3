from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from statistics import median_low

import numpy as np
import pytest
from builders.mr_series import SeriesPlan, Vector, build_series
from builders.pixel_form import PixelForm, store_as
from fakes.stub_segmenter import StubSegmenter, write_stub_package
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydicom import Dataset
from scipy.spatial.transform import Rotation

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.series_rules.spacing import LARGEST_GAP_MM
from segrelay_worker.errors import PermanentError
from segrelay_worker.inference.segment_volume import segment_volume
from segrelay_worker.segmenters.package import ModelPackage, load_package
from segrelay_worker.series_volume.assembly import assemble_volume

ORIENTATIONS = ("RAS", "LPS", "SAR", "AIL")  # of the network's axes
SEEN_MM = np.array([70.0, 90.0, 75.0])  # as much of the head as holds the lesion

Packages = Mapping[str, ModelPackage]


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    folder = tmp_path_factory.mktemp("packages")
    return {
        letters: load_package(write_stub_package(folder / letters, orientation=letters))
        for letters in ORIENTATIONS
    }


@st.composite
def plans(draw: st.DrawFn, *, slices: tuple[int, int] = (2, 9)) -> SeriesPlan:
    """The head in any direction, in few voxels of any shape."""
    angles = draw(st.tuples(*[st.floats(-180, 180)] * 3))
    row, column, _ = Rotation.from_euler("xyz", angles, degrees=True).as_matrix().T
    shape = draw(st.tuples(st.integers(*slices), st.integers(6, 14), st.integers(6, 14)))
    stretched = draw(st.tuples(*[st.floats(0.7, 1.3)] * 3))
    return SeriesPlan(
        directions=(_vector(row), _vector(column)),
        shape_zyx=shape,
        spacing_zyx_mm=_vector(SEEN_MM / shape * stretched),
        seed=draw(st.integers(0, 1000)),  # shuffles
    )


@st.composite
def pixel_forms(draw: st.DrawFn) -> PixelForm:
    bits = draw(st.sampled_from([10, 12, 15, 16]))
    is_signed = draw(st.booleans())
    least = -(2 ** (bits - 1)) if is_signed else 0
    intercept = draw(st.floats(-300, 300)) if is_signed else draw(st.floats(-300, 0))
    # Steep enough for the brightest and the darkest value to fit.
    least_slope = max(700 - intercept, abs(intercept)) / (least + 2**bits - 2)
    return PixelForm(
        bits=bits,
        signed=is_signed,
        slope=draw(st.floats(1.01 * least_slope, 1.01 * least_slope + 20)),
        intercept=intercept,
        monochrome1=draw(st.booleans()),
        is_overlaid=bits < 16 and draw(st.booleans()),
        by_real_world_mapping=draw(st.booleans()),
    )


def _vector(array: NDArray[np.float64]) -> Vector:
    x, y, z = (float(part) for part in array)
    return x, y, z


def _require_right_mask(
    images: list[Dataset], plan: SeriesPlan, kept: list[int], package: ModelPackage
) -> None:
    volume = assemble_volume(images)
    found = segment_volume(
        channels_czyx=volume.array_zyx[np.newaxis],
        affine_zyx_to_lps=volume.affine_zyx_to_lps,
        package=package,
        segmenter=StubSegmenter(package),
        threshold=0.5,
        report=lambda _: None,
    )
    np.testing.assert_array_equal(found.mask_szyx[0], plan.truth_zyx[kept])
    index_zyx = np.moveaxis(np.indices(volume.array_zyx.shape), 0, -1)
    points_lps = index_zyx @ volume.affine_zyx_to_lps[:3, :3].T + volume.affine_zyx_to_lps[:3, 3]
    np.testing.assert_allclose(points_lps, plan.points_lps[kept], atol=1e-5)


@given(plan=plans(), form=pixel_forms(), orientation=st.sampled_from(ORIENTATIONS))
def test_the_mask_is_right_in_patient_space_however_the_series_is_stored(
    packages: Packages, plan: SeriesPlan, form: PixelForm, orientation: str
) -> None:
    images = store_as(build_series(plan), form)
    _require_right_mask(images, plan, list(range(plan.shape_zyx[0])), packages[orientation])


@given(data=st.data(), plan=plans(slices=(6, 14)))
def test_of_missing_slices_the_first_place_is_named_unless_what_is_left_is_even(
    packages: Packages, data: st.DataObject, plan: SeriesPlan
) -> None:
    every = list(range(plan.shape_zyx[0]))
    absent = data.draw(st.sets(st.sampled_from(every), max_size=4))
    kept = sorted({*every} - absent)
    names = {plan.uid(4, index + 1) for index in kept}
    images = [image for image in build_series(plan) if image.SOPInstanceUID in names]
    steps = [after - before for before, after in pairwise(kept)]
    if len(set(steps)) == 1:
        assume(steps[0] * plan.spacing_zyx_mm[0] <= LARGEST_GAP_MM)
        _require_right_mask(images, plan, kept, packages["RAS"])
        return
    with pytest.raises(PermanentError) as caught:
        assemble_volume(images)
    between_mm = plan.spacing_zyx_mm[0]
    first = next(index for index, step in enumerate(steps) if step != median_low(steps))
    # Where most are missing, what is left may look like the usual spacing.
    assert caught.value.code in {ErrorCode.MISSING_SLICES, ErrorCode.UNEVEN_SPACING}
    expected = (kept[first] - kept[0]) * between_mm
    assert caught.value.parameters["after_mm"] == pytest.approx(expected, abs=0.06)
