"""An array transform of MONAI's, by the name that a package gives it."""

from __future__ import annotations

from collections.abc import Callable

import monai.transforms
import numpy as np
import torch
from monai.transforms.transform import MapTransform, Randomizable, Transform
from numpy.typing import NDArray

from segrelay_worker.segmenters.intensity_steps import MonaiTransform
from segrelay_worker.segmenters.manifest import unreadable

_INTENSITY_TRANSFORMS = "monai.transforms.intensity.array"


def built_transform(step: MonaiTransform) -> Callable[[torch.Tensor], torch.Tensor]:
    """Raises PermanentError model_unreadable."""
    told = f"input.preprocessing in model.toml names the transform {step.transform!r}"
    found = getattr(monai.transforms, step.transform.partition(":")[2], None)
    if not (isinstance(found, type) and issubclass(found, Transform)):
        raise unreadable(f"{told}, which MONAI has not")
    # Others could move voxels, and the result would lie elsewhere than what it shows.
    is_of_intensity = found.__module__ == _INTENSITY_TRANSFORMS
    if not is_of_intensity or issubclass(found, MapTransform | Randomizable):
        raise unreadable(
            f"{told}, expected an array transform of intensities without chance, such as "
            "'monai.transforms:NormalizeIntensity'"
        )
    try:
        transform: Callable[[torch.Tensor], torch.Tensor] = found(**step.arguments)
    except (TypeError, ValueError) as error:
        raise unreadable(f"{told}, which the arguments do not fit: {error}") from error
    return transform


def transformed(volume_cxyz: NDArray[np.float32], step: MonaiTransform) -> NDArray[np.float32]:
    """[role, x, y, z] → the same shape. Raises PermanentError model_unreadable."""
    transform = built_transform(step)
    try:
        # Some transforms write into what they are given.
        result = torch.as_tensor(transform(torch.from_numpy(volume_cxyz.copy())))
    except (RuntimeError, TypeError, ValueError) as error:
        raise unreadable(
            f"input.preprocessing in model.toml names the transform {step.transform!r}, "
            f"which failed: {error}"
        ) from error
    if tuple(result.shape) != volume_cxyz.shape:
        raise unreadable(
            f"input.preprocessing in model.toml names the transform {step.transform!r}, which made "
            f"{tuple(result.shape)} of {volume_cxyz.shape}; expected one that keeps the shape"
        )
    return result.float().numpy()
