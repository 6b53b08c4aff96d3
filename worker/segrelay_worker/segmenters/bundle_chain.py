from __future__ import annotations

from typing import Any

import numpy as np
import torch
from monai.data.meta_tensor import MetaTensor
from numpy.typing import NDArray

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError
from segrelay_worker.segmenters.bundle_config import BundleConfig
from segrelay_worker.segmenters.bundle_progress import reporting
from segrelay_worker.segmenters.mirroring import mirrored
from segrelay_worker.segmenters.package import ModelPackage
from segrelay_worker.segmenters.segmenter import PlacedChannels, ReportFraction

# What MONAI's evaluator calls them (monai.utils.enums.CommonKeys).
_IMAGE, _PRED = "image", "pred"

_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
_SAME_PLACE_MM = 1e-3
_OVERSHOOT = 0.5  # of probabilities, where a bundle inverts its resampling by splines


class BundleChain:
    """A bundle's own steps, with images that are handed over as its LoadImaged would read them."""

    def __init__(self, package: ModelPackage, config: BundleConfig) -> None:
        self._config = config
        self._segments = len(package.segments)
        self._has_background = package.manifest.output.activation in {"softmax", "argmax"}
        self._mirror_axes = package.manifest.output.mirror_axes or ()

    def __call__(
        self, channels: PlacedChannels, device: str, report: ReportFraction
    ) -> NDArray[np.float32]:
        """As the protocol says; what lies elsewhere than its input raises PermanentError."""
        affine = _as_in_files(_LPS_TO_RAS @ channels.affine_xyz_to_lps)
        with torch.inference_mode():
            found = self._run(self._images(channels.array_cxyz, affine), device, report)
        _require_place(found, affine)
        return self._by_segment(found.cpu().numpy())

    def _images(
        self, array_cxyz: NDArray[np.float32], affine: NDArray[np.float64]
    ) -> dict[str, Any]:
        """One image with all channels, or one for each role, as many as the bundle loads."""
        keys = self._config.image_keys
        images = np.split(array_cxyz, len(keys))
        return {key: _loaded(image, affine) for key, image in zip(keys, images, strict=True)}

    def _run(self, images: dict[str, Any], device: str, report: ReportFraction) -> torch.Tensor:
        data = self._config.preprocessing(images)
        batch = data[_IMAGE][None].to(device)
        network = mirrored(self._config.network.to(device), self._mirror_axes)
        inferer = self._config.inferer
        network = reporting(network, inferer, tuple(batch.shape[2:]), report)
        data[_PRED] = inferer(inputs=batch, network=network)[0]
        found: torch.Tensor = self._config.postprocessing(data)[_PRED]
        return found

    def _by_segment(self, found_cxyz: NDArray[Any]) -> NDArray[np.float32]:
        """A channel for each segment; instead, one of labels may come, or background before."""
        is_of_labels = len(found_cxyz) == 1 < self._segments
        highest = self._segments if is_of_labels else 1
        if found_cxyz.max() > highest + _OVERSHOOT:
            raise PermanentError(
                ErrorCode.MODEL_FAILED,
                detail=f"the bundle returned {found_cxyz.max()}, expected at most {highest}: its "
                "postprocessing is to end in probabilities, masks or labels, and model.toml to "
                "describe each label",
            )
        if is_of_labels:
            numbers = np.arange(1, self._segments + 1)[:, None, None, None]
            found_cxyz = found_cxyz == numbers
        elif self._has_background and len(found_cxyz) > 1:
            found_cxyz = found_cxyz[1:]
        return np.ascontiguousarray(found_cxyz, dtype=np.float32).clip(0, 1)


def _as_in_files(affine: NDArray[np.float64]) -> NDArray[np.float64]:
    """As exact as NIfTI holds it, so that lengths are rounded to voxels as in training."""
    return affine.astype(np.float32).astype(np.float64)


def _loaded(image_cxyz: NDArray[np.float32], affine: NDArray[np.float64]) -> MetaTensor:
    """A copy: steps of a bundle may change it in place."""
    meta = {"space": "RAS", "original_affine": affine, "spatial_shape": image_cxyz.shape[1:]}
    image = torch.from_numpy(image_cxyz.copy())
    return MetaTensor(image, affine=torch.from_numpy(affine), meta=meta)


def _require_place(found: torch.Tensor, affine: NDArray[np.float64]) -> None:
    """On another grid of the same shape, a mirrored one say, it would look like a good result."""
    if not isinstance(found, MetaTensor):
        return
    if not np.allclose(found.affine.cpu().numpy(), affine, atol=_SAME_PLACE_MM):
        raise PermanentError(
            ErrorCode.MODEL_FAILED,
            detail="the bundle's result lies elsewhere than its input: Invertd is missing in its "
            "postprocessing",
        )
