from __future__ import annotations

from typing import Any

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
from pydantic import ValidationError

from segrelay_worker.inference.intensity import normalised
from segrelay_worker.segmenters.manifest import InputSection


def steps(*wanted: dict[str, Any]) -> InputSection:
    return InputSection.model_validate(
        {"roles": ["t1", "t2"], "orientation": "RAS", "intensity": list(wanted)}
    )


def two_channels() -> NDArray[np.float32]:
    """Of different brightness, with a background of zeros."""
    values = np.random.default_rng(4).gamma(2, 300, size=(2, 9, 8, 7)).astype(np.float32)
    values[:, :3] = 0
    values[1] *= 7
    return values


@pytest.mark.parametrize(
    ("step", "theirs"),
    [
        ({"method": "zscore"}, NormalizeIntensity(channel_wise=True)),
        (
            {"method": "zscore", "voxels": "nonzero"},
            NormalizeIntensity(nonzero=True, channel_wise=True),
        ),
        ({"method": "min_max"}, ScaleIntensity(channel_wise=True)),
        (
            {"method": "percentiles", "lower": 5, "upper": 95},
            ScaleIntensityRangePercentiles(5, 95, 0, 1, clip=True, channel_wise=True),
        ),
        (
            {"method": "window", "lower": 100, "upper": 900},
            ScaleIntensityRange(100, 900, 0, 1, clip=True),
        ),
    ],
    ids=lambda value: value["method"] if isinstance(value, dict) else "",
)
def test_each_step_is_what_monai_makes_of_it(step: dict[str, Any], theirs: Any) -> None:
    ours = normalised(two_channels(), steps(step).intensity)
    expected = theirs(torch.from_numpy(two_channels())).numpy()
    np.testing.assert_allclose(ours, expected, atol=1e-5)
    assert ours.dtype == np.float32


def test_percentiles_of_what_is_not_background() -> None:
    volume = two_channels()
    step = {"method": "percentiles", "lower": 0, "upper": 50, "voxels": "nonzero"}
    ours = normalised(volume, steps(step).intensity)
    assert float((ours[0][volume[0] != 0] == 1).mean()) == pytest.approx(0.5, abs=0.01)


def test_steps_are_done_in_their_order() -> None:
    window = {"method": "window", "lower": 100, "upper": 900}
    ours = normalised(two_channels(), steps(window, {"method": "zscore"}).intensity)
    np.testing.assert_allclose(ours.mean(axis=(1, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(ours.std(axis=(1, 2, 3)), 1, atol=1e-5)


@pytest.mark.parametrize("method", ["zscore", "percentiles", "min_max"])
@pytest.mark.parametrize("value", [0.0, 5.0])
def test_a_channel_of_one_value_becomes_no_nonsense(method: str, value: float) -> None:
    flat = np.full((1, 3, 3, 3), value, dtype=np.float32)
    extra = {} if method == "min_max" else {"voxels": "nonzero"}
    ours = normalised(flat, steps({"method": method, **extra}).intensity)
    assert np.isfinite(ours).all()


@pytest.mark.parametrize(
    "step",
    [
        {"method": "window", "lower": 9, "upper": 1},
        {"method": "percentiles", "upper": 101},
        {"method": "zscore", "voxel": "all"},
        {"method": "sharpen"},
    ],
)
def test_a_step_that_makes_no_sense_is_refused(step: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        steps(step)
