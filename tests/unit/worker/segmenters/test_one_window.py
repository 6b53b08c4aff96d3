from __future__ import annotations

import pytest
import torch
from monai.inferers.utils import sliding_window_inference

from segrelay_worker.segmenters.manifest import WindowSection
from segrelay_worker.segmenters.one_window import fits_one_window, through_one_window

WINDOW = WindowSection(size=(8, 6, 7))


def _place_aware(batch: torch.Tensor) -> torch.Tensor:
    """Two channels, another answer in each voxel."""
    ramp = torch.arange(batch[0, 0].numel(), dtype=torch.float32).view(batch.shape[2:])
    return torch.cat([(batch + 1) * ramp, batch], dim=1)


@pytest.mark.parametrize("shape", [(8, 6, 7), (5, 6, 2), (1, 1, 1)])
def test_a_volume_lies_in_its_window_where_monai_puts_it(shape: tuple[int, ...]) -> None:
    batch = torch.randn(1, 1, *shape)
    assert fits_one_window(batch, WINDOW)
    wanted = sliding_window_inference(batch, WINDOW.size, 1, _place_aware, mode="constant")
    assert isinstance(wanted, torch.Tensor)
    assert torch.equal(through_one_window(_place_aware, batch, WINDOW), wanted)


@pytest.mark.parametrize("shape", [(9, 6, 7), (1, 7, 1), (8, 6, 8)])
def test_a_longer_one_needs_several(shape: tuple[int, ...]) -> None:
    assert not fits_one_window(torch.zeros(1, 1, *shape), WINDOW)
