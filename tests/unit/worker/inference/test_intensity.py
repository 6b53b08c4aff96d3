from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import numpy as np
import pytest
import torch
from monai.transforms.intensity.array import (
    NormalizeIntensity,
    ScaleIntensity,
    ScaleIntensityRange,
    ScaleIntensityRangePercentiles,
)
from numpy.typing import NDArray
from pydantic import Field, TypeAdapter, ValidationError

from segrelay_worker.inference.intensity import normalised
from segrelay_worker.segmenters.intensity_steps import OwnIntensityStep

ROLES = ("t1", "t2")
STEP: TypeAdapter[OwnIntensityStep] = TypeAdapter(
    Annotated[OwnIntensityStep, Field(discriminator="step")]
)


def after(volume: NDArray[np.float32], *steps: dict[str, Any]) -> NDArray[np.float32]:
    for step in steps:
        volume = normalised(volume, STEP.validate_python(step), ROLES[: len(volume)])
    return volume


def two_channels() -> NDArray[np.float32]:
    """Of different brightness, with a background of zeros."""
    values = np.random.default_rng(4).gamma(2, 300, size=(2, 9, 8, 7)).astype(np.float32)
    values[:, :3] = 0
    values[1] *= 7
    return values


@pytest.mark.parametrize(
    ("step", "theirs"),
    [
        ({"step": "zscore"}, NormalizeIntensity(channel_wise=True)),
        (
            {"step": "zscore", "voxels": "nonzero"},
            NormalizeIntensity(nonzero=True, channel_wise=True),
        ),
        ({"step": "min_max"}, ScaleIntensity(channel_wise=True)),
        (
            {"step": "percentiles", "lower": 5, "upper": 95},
            ScaleIntensityRangePercentiles(5, 95, 0, 1, clip=True, channel_wise=True),
        ),
        (
            {"step": "window", "lower": 100, "upper": 900},
            ScaleIntensityRange(100, 900, 0, 1, clip=True),
        ),
    ],
    ids=lambda value: value["step"] if isinstance(value, dict) else "",
)
def test_each_step_is_what_monai_makes_of_it(step: dict[str, Any], theirs: Any) -> None:
    ours = after(two_channels(), step)
    expected = theirs(torch.from_numpy(two_channels())).numpy()
    np.testing.assert_allclose(ours, expected, atol=1e-5)
    assert ours.dtype == np.float32


def test_percentiles_of_what_is_not_background() -> None:
    volume = two_channels()
    step = {"step": "percentiles", "lower": 0, "upper": 50, "voxels": "nonzero"}
    ours = after(volume, step)
    assert float((ours[0][volume[0] != 0] == 1).mean()) == pytest.approx(0.5, abs=0.01)


def test_steps_are_done_in_their_order() -> None:
    window = {"step": "window", "lower": 100, "upper": 900}
    ours = after(two_channels(), window, {"step": "zscore"})
    np.testing.assert_allclose(ours.mean(axis=(1, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(ours.std(axis=(1, 2, 3)), 1, atol=1e-5)


@pytest.mark.parametrize("name", ["zscore", "percentiles", "min_max", "landmarks"])
@pytest.mark.parametrize("value", [0.0, 5.0])
def test_a_channel_of_one_value_becomes_no_nonsense(name: str, value: float) -> None:
    flat = np.full((1, 3, 3, 3), value, dtype=np.float32)
    extra: dict[str, Any] = {} if name == "min_max" else {"voxels": "nonzero"}
    if name == "landmarks":
        extra |= {"percentiles": [1, 50, 99], "values": [0, 5, 9]}
    ours = after(flat, {"step": name, **extra})
    assert np.isfinite(ours).all()


@pytest.mark.parametrize(
    "step",
    [
        {"step": "window", "lower": 9, "upper": 1},
        {"step": "percentiles", "upper": 101},
        {"step": "zscore", "voxel": "all"},
        {"step": "sharpen"},
        {"step": "landmarks", "percentiles": [1, 99], "values": [0, 1, 2]},
        {"step": "landmarks", "percentiles": [50, 50], "values": [0, 1]},
        {"step": "landmarks", "percentiles": [1, 99], "values": [1, 0]},
    ],
)
def test_a_step_that_makes_no_sense_is_refused(step: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        STEP.validate_python(step)


LANDMARKS: dict[str, Any] = {
    "step": "landmarks",
    "percentiles": [1, 10, 50, 90, 99],
    "values": [0, 10, 40, 80, 100],
    "voxels": "nonzero",
}


def test_landmarks_come_to_lie_where_the_standard_scale_has_them() -> None:
    ours = after(two_channels(), LANDMARKS)
    for before, moved in zip(two_channels(), ours, strict=True):
        found = np.percentile(moved[before != 0], LANDMARKS["percentiles"])
        np.testing.assert_allclose(found, LANDMARKS["values"], atol=1.5)  # between two voxels


def test_landmarks_make_scans_alike_that_differ_in_brightness_alone() -> None:
    one, other = two_channels(), (two_channels() * 3.5).astype(np.float32)
    np.testing.assert_allclose(after(one, LANDMARKS), after(other, LANDMARKS), rtol=1e-4, atol=1e-3)


def test_beyond_the_landmarks_the_last_slope_goes_on() -> None:
    ramp = np.arange(101, dtype=np.float32).reshape(1, 101, 1, 1)
    step = {"step": "landmarks", "percentiles": [20, 50, 80], "values": [0, 30, 90]}
    moved = after(ramp, step).ravel()
    np.testing.assert_allclose(moved[[0, 10, 20, 50, 80, 100]], [-20, -10, 0, 30, 90, 130], 1e-5)


def test_two_landmarks_make_a_straight_line() -> None:
    ramp = np.arange(101, dtype=np.float32).reshape(1, 101, 1, 1)
    moved = after(ramp, {"step": "landmarks", "percentiles": [25, 75], "values": [0, 1]})
    np.testing.assert_allclose(moved, (ramp - 25) / 50, atol=1e-6)


def test_a_step_may_be_about_some_roles_alone() -> None:
    ours = after(two_channels(), {"step": "zscore", "roles": ["t2"]})
    np.testing.assert_array_equal(ours[0], two_channels()[0])
    assert ours[1].mean() == pytest.approx(0, abs=1e-5)


LAYOUTS: dict[str, Callable[[NDArray[np.float32]], NDArray[np.float32]]] = {
    "as it is stored": lambda channel: channel,
    "Fortran order": np.asfortranarray,
    "turned": lambda channel: channel.transpose(2, 0, 1)[::-1, :, ::-1],
    "one plane": lambda channel: channel[:1],
    "none": lambda channel: channel[:0],
    "with what is no number": lambda channel: np.where(channel > 3, np.float32("nan"), channel),
    "with both zeros": lambda channel: np.where(channel < 0, np.float32("-0"), channel),
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("voxels", ["all", "nonzero"])
def test_in_parts_comes_out_to_the_last_bit_what_comes_out_at_once(
    layout: Callable[[NDArray[np.float32]], NDArray[np.float32]], voxels: str
) -> None:
    values = np.random.default_rng(7).normal(size=(21, 8, 7)).astype(np.float32)
    channel = layout(values.clip(-1, None))
    chosen = channel[channel != 0] if voxels == "nonzero" else channel
    scored, scaled = channel.copy(), (channel.clip(-0.3, 1.7) - -0.3) / (1.7 - -0.3)
    if chosen.size:
        mean, deviation = chosen.mean(dtype=np.float64), chosen.std(dtype=np.float64)
        scored = ((channel - mean) / deviation).astype(np.float32)
    if voxels == "nonzero":
        scored = np.where(channel == 0, channel, scored)
    one = channel[np.newaxis]
    assert after(one, {"step": "zscore", "voxels": voxels}).tobytes() == scored.tobytes()
    window = {"step": "window", "lower": -0.3, "upper": 1.7}
    assert after(one, window).tobytes() == scaled.tobytes()
