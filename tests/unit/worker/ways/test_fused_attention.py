from __future__ import annotations

import gc
from typing import Any

import pytest
import torch
from monai.networks.nets.swin_unetr import BasicLayer, SwinUNETR

from segrelay_worker.ways.fused_attention import WindowMasks, with_fused_attention
from segrelay_worker.ways.torch_ways import has_window_attention


class Holding(torch.nn.Module):
    """A layer where a network has it; two blocks, the second with shifted windows."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layer = BasicLayer(
            dim=8, depth=2, num_heads=2, window_size=[3, 3, 3], drop_path=[0.0, 0.0], qkv_bias=True
        )
        for name, parameter in self.layer.named_parameters():
            if name.endswith("relative_position_bias_table"):
                torch.nn.init.normal_(parameter)  # near zero, order would not matter

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        output: torch.Tensor = self.layer(batch)
        return output


@pytest.mark.parametrize(
    "shape", [(1, 8, 9, 6, 12), (2, 8, 9, 6, 12), (1, 8, 8, 7, 10), (1, 8, 3, 9, 2)]
)
def test_what_comes_out_is_that_of_monai(shape: tuple[int, ...]) -> None:
    plain = Holding().eval()
    fused = with_fused_attention(plain)
    batch = torch.randn(shape)
    with torch.inference_mode():
        torch.testing.assert_close(fused(batch), plain(batch), rtol=0, atol=1e-5)
        torch.testing.assert_close(fused(batch), plain(batch), rtol=0, atol=1e-5)  # with kept masks


def test_masks_matter_in_what_is_compared() -> None:
    fused = with_fused_attention(Holding().eval())
    batch = torch.randn(1, 8, 9, 6, 12)
    with torch.inference_mode():
        right = fused(batch)
        layer: Any = fused.get_submodule("layer")
        kept = next(iter(layer._masks.values()))  # noqa: SLF001 - to break it
        kept.masks.zero_()
        assert not torch.allclose(fused(batch), right, atol=1e-3)


def test_the_plain_network_stays_as_it_is() -> None:
    plain = Holding().eval()
    with_fused_attention(plain)
    assert isinstance(plain.layer, BasicLayer)
    assert has_window_attention(plain)
    assert not has_window_attention(torch.nn.Conv3d(1, 1, 1))


@pytest.mark.long
def test_a_whole_network_gives_what_monai_gives() -> None:
    torch.manual_seed(0)
    plain = SwinUNETR(in_channels=1, out_channels=2, feature_size=12).eval()
    batch = torch.randn(1, 1, 32, 32, 64)
    with torch.inference_mode():
        fused = with_fused_attention(plain)(batch)
        torch.testing.assert_close(fused, plain(batch), rtol=0, atol=1e-5)


def test_masks_of_sizes_that_came_before_are_not_kept() -> None:
    fused = with_fused_attention(Holding().eval())
    before = _masks_alive()
    with torch.inference_mode():
        fused(torch.randn(1, 8, 9, 6, 12))
        fused(torch.randn(1, 8, 6, 6, 9))
        fused(torch.randn(1, 8, 12, 6, 6))
    assert _masks_alive() == before + 1


def _masks_alive() -> int:
    gc.collect()
    return sum(isinstance(thing, WindowMasks) for thing in gc.get_objects())
