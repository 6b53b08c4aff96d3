"""What deepbet does around its two nets, as one network from raw intensities to probability.

deepbet 1.0.2 (`BrainExtraction.run_model`; Fisch et al. 2024, "deepbet: Fast brain extraction of
T1-weighted MRI using Convolutional Neural Networks") is followed operation by operation, so that
its result comes out to the voxel.
No `from __future__ import annotations` here: TorchScript reads the annotations.
"""

import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from torch import Tensor, nn

from demo.largest_component import largest_component


class DeepbetNetwork(nn.Module):
    """Finds the head's brain box in a small copy of the image, then segments inside the box."""

    def __init__(self, box_net: nn.Module, brain_net: nn.Module) -> None:
        super().__init__()
        self.box_net = box_net
        self.brain_net = brain_net

    def forward(self, image: Tensor) -> Tensor:
        """Brain probability on the image's own grid.

        Args:
            image: float32 [1, 1, X, Y, Z], raw intensities, axes RAS.

        Returns:
            float32 [1, 1, X, Y, Z]; zero everywhere when no brain is found.
        """
        image = torch.nan_to_num(image)
        probability = torch.zeros_like(image)
        small = resampled(image, [128, 128, 128])
        low, high = small.quantile(0.005), small.quantile(0.995)
        coarse = self.box_net(normalised(small, low, high))[0, 1] > 0.5  # noqa: PLR2004 - deepbet's
        box = brain_box(largest_component(coarse), list(image.shape[2:]))
        if len(box) == 0:
            return probability
        x, y, z, x_end, y_end, z_end = box[0], box[1], box[2], box[3], box[4], box[5]
        inside = image[:, :, x:x_end, y:y_end, z:z_end]
        fine = self.brain_net(normalised(resampled(inside, [256, 256, 256]), low, high))[:, 1:2]
        probability[:, :, x:x_end, y:y_end, z:z_end] = resampled(fine, list(inside.shape[2:]))
        return probability


def resampled(image: Tensor, shape: list[int]) -> Tensor:
    """Nearest-neighbour resampling, which keeps every value as it is."""
    return F.interpolate(image, shape, mode="nearest-exact")


def normalised(image: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """Clip to [low, high] and shift to the mean and spread that the nets were trained on."""
    clipped = ((image - low) / (high - low)).clamp(min=0, max=1)
    return 0.226 * ((clipped - clipped.mean()) / clipped.std()) + 0.449


def brain_box(coarse: Tensor, shape: list[int]) -> list[int]:
    """The box around a coarse mask with a tenth of its size as margin on each side.

    Args:
        coarse: Boolean mask of the head resampled to a small cube.
        shape: Shape of the original image.

    Returns:
        Three starts and three ends in voxels of the original image; nothing without a brain.
    """
    starts: list[int] = []
    ends: list[int] = []
    growth = 1 + 2 * torch.tensor(0.1)
    for axis, others in enumerate([[1, 2], [0, 2], [0, 1]]):
        filled = coarse.float().mean(others)
        occupied = (filled > 0.02).nonzero()  # noqa: PLR2004 - deepbet's
        if occupied.numel() == 0:
            return []
        first, end = int(occupied.min()), int(occupied.max()) + 1
        # float32 tensors rather than numbers, so that the rounding is deepbet's too.
        scale = torch.tensor(shape[axis]) / torch.tensor(coarse.size(axis))
        centre = (scale * torch.tensor((first + end) / 2)).round()
        size = (growth * (scale * torch.tensor(end - first))).round()
        starts.append(max(0, int(centre - size / 2)))
        ends.append(min(shape[axis], int(centre + size / 2)))
    return starts + ends
