"""Connected components in pure torch, so that a TorchScript file can hold the search.

No `from __future__ import annotations` here: TorchScript reads the annotations.
"""

import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it
from torch import Tensor


def component_labels(mask: Tensor) -> Tensor:
    """Label the 26-connected components of a mask, in a few passes whatever their shape.

    Each voxel starts as its own root. Every round hangs the root of each voxel under the highest
    root next to that voxel and then shortens all paths, so that the number of rounds grows with
    the logarithm of a component's extent (Shiloach and Vishkin 1982).

    Args:
        mask: Boolean [X, Y, Z], at most 2**24 voxels: the labels pass through float32.

    Returns:
        int64 [X, Y, Z]: 0 outside; inside, one number per component, the higher the earlier the
        component begins in raster order.
    """
    count = mask.numel()
    assert count <= 2**24  # noqa: S101 - TorchScript knows no other way to refuse
    inside = mask.flatten().nonzero()[:, 0]
    roots = torch.arange(count + 1, device=mask.device)
    labels = torch.zeros(count, dtype=torch.int64, device=mask.device)
    labels[inside] = count - inside
    settled = False
    while not settled:
        own = labels[inside]
        highest = highest_neighbours(labels.view(mask.shape)).flatten()[inside]
        settled = torch.equal(own, highest)
        roots = shortened(roots.scatter_reduce(0, own, highest, "amax"))
        labels[inside] = roots[own]
    return labels.view(mask.shape)


def highest_neighbours(labels: Tensor) -> Tensor:
    """The highest label in each voxel's 3x3x3 neighbourhood (max pooling takes floats only)."""
    pooled: Tensor = F.max_pool3d(labels.float()[None, None], 3, stride=1, padding=1)
    return pooled[0, 0].long()


def shortened(roots: Tensor) -> Tensor:
    """Follow every root to its own root until nothing moves."""
    further = roots[roots]
    while not torch.equal(further, roots):
        roots = further
        further = roots[roots]
    return roots


def largest_component(mask: Tensor) -> Tensor:
    """Keep the largest 26-connected component; of equal ones the first in raster order.

    Args:
        mask: Boolean [X, Y, Z].

    Returns:
        Boolean [X, Y, Z]; empty when the mask is.
    """
    labels = component_labels(mask)
    sizes = torch.bincount(labels.flatten())
    sizes[0] = 0
    # Flipped, because argmax takes the first of equals and the first in raster order is highest.
    largest = sizes.numel() - 1 - int(sizes.flip(0).argmax())
    return mask & (labels == largest)
