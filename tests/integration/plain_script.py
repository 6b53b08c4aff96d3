"""What a lab's own script does with the same files and network. It shares no code with ours.

Places are in RAS millimetres, as nibabel has them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
import torch
from monai.inferers.utils import sliding_window_inference
from numpy.typing import NDArray
from pydicom import dcmread
from scipy import ndimage

Floats = NDArray[np.float32]
Network = Callable[[torch.Tensor], torch.Tensor]

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
DECIMALS = 8  # headers are rounded, and what is not 0 must not hang on their last digits
HALF_A_VOXEL = 0.5 + 1e-6


@dataclass(frozen=True)
class Scan:
    """Values [i, j, k], and the way from an index to its place."""

    values: Floats
    affine: NDArray[np.float64]

    @property
    def spacing_mm(self) -> NDArray[np.float64]:
        spacing: NDArray[np.float64] = np.linalg.norm(self.affine[:3, :3], axis=0)
        return spacing


def read_scan(folder: Path) -> Scan:
    """A classic series, axes columns, rows and slices (DICOM PS3.3 C.7.6.2.1.1)."""
    images = [dcmread(path) for path in folder.iterdir()]
    row, column = np.array(images[0].ImageOrientationPatient, dtype=float).reshape(2, 3)
    images.sort(key=lambda image: float(np.cross(row, column) @ image.ImagePositionPatient))
    places = np.array([image.ImagePositionPatient for image in images], dtype=float)
    between_rows, between_columns = map(float, images[0].PixelSpacing)
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = row * between_columns, column * between_rows
    affine[:3, 2], affine[:3, 3] = (places[-1] - places[0]) / (len(places) - 1), places[0]
    values = np.stack([image.pixel_array.T for image in images], axis=-1)
    return Scan(values.astype(np.float32), LPS_TO_RAS @ affine)


def to_ras(scan: Scan) -> Scan:
    """Axes turned to right, anterior, superior as near as they go."""
    image = nib.Nifti1Image(scan.values, scan.affine)  # type: ignore[no-untyped-call] # no types
    turned = nib.as_closest_canonical(image)  # type: ignore[no-untyped-call] # likewise
    return Scan(np.ascontiguousarray(turned.dataobj), turned.affine)


def with_spacing(scan: Scan, spacing_mm: tuple[float, float, float]) -> Scan:
    """Other voxels from the same first centre on, as far as the last one reaches."""
    steps = np.round(np.array(spacing_mm) / scan.spacing_mm, DECIMALS)
    shape = np.rint((np.array(scan.values.shape) - 1) / steps).astype(int) + 1
    affine = scan.affine @ np.diag([*steps, 1.0])
    return Scan(sampled(scan, affine, tuple(shape)), affine)


def sampled(
    scan: Scan, affine: NDArray[np.float64], shape: tuple[int, ...], *, zero_outside: bool = False
) -> Floats:
    """Linear at the places of another grid; beyond the outermost centres values go on."""
    to_index = np.linalg.inv(scan.affine) @ affine
    places = np.tensordot(to_index[:3, :3], np.indices(shape), axes=1)
    places = np.round(places + to_index[:3, 3, None, None, None], DECIMALS)
    values: Floats = ndimage.map_coordinates(
        scan.values, places, output=np.float32, order=1, mode="nearest"
    )
    if zero_outside:
        last = np.array(scan.values.shape)[:, None, None, None] - 1
        outside = (places < -HALF_A_VOXEL) | (places > last + HALF_A_VOXEL)
        values[outside.any(axis=0)] = 0
    return values


def zscored(values: Floats) -> Floats:
    """Voxels that are not 0 to mean 0 and standard deviation 1."""
    chosen = values[values != 0].astype(np.float64)
    result = values.copy()
    result[values != 0] = (chosen - chosen.mean()) / chosen.std()
    return result


def through_network(
    network: Network, channels: Floats, *, window: tuple[int, int, int], overlap: float, mode: str
) -> Floats:
    """The first channel of what it returns for [channel, i, j, k]."""
    with torch.inference_mode():
        output = sliding_window_inference(
            torch.from_numpy(channels)[None], window, 1, network, overlap=overlap, mode=mode
        )
    assert isinstance(output, torch.Tensor)
    result: Floats = output[0, 0].numpy()
    return result


def sigmoid(logits: Floats) -> Floats:
    result: Floats = torch.sigmoid(torch.from_numpy(logits)).numpy()
    return result
