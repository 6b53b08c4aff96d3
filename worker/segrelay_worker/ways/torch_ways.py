"""What torch itself can do otherwise than plainly; the network that was loaded stays as it is."""

from __future__ import annotations

import copy
from pathlib import Path

import torch

from segrelay_worker.segmenters.network import Network
from segrelay_worker.ways.way import Source, Way


def _channels_last(source: Source, _folder: Path) -> Network:
    with torch.no_grad():  # or copies of TorchScript's weights hang on those that they are made of
        return _laid_out(copy.deepcopy(source.network))


def _fused_attention(source: Source, _folder: Path) -> Network:
    if not has_window_attention(source.network):
        raise ValueError("the network has no window attention of MONAI's")
    return _laid_out(fused(source.network))


def has_window_attention(network: torch.nn.Module) -> bool:
    """Told by name: MONAI takes seconds to import, and may not be installed."""
    kinds = {type(module) for module in network.modules()}
    return ("monai.networks.nets.swin_unetr", "WindowAttention") in {
        (kind.__module__, kind.__name__) for kind in kinds
    }


def fused(network: torch.nn.Module) -> torch.nn.Module:
    """A copy of a network that has MONAI's window attention."""
    from segrelay_worker.ways.fused_attention import with_fused_attention  # noqa: PLC0415

    return with_fused_attention(network)


def _laid_out(network: torch.nn.Module) -> Network:
    """The channels of a voxel lie together, as the kernels of convolutions want them."""
    network = network.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload] # torch's stubs lack it

    def run(windows: torch.Tensor) -> torch.Tensor:
        output: torch.Tensor = network(windows.to(memory_format=torch.channels_last_3d))
        return output

    return run


def _autocast(dtype: torch.dtype) -> Way:
    def build(source: Source, folder: Path) -> Network:
        network = _channels_last(source, folder)

        def run(windows: torch.Tensor) -> torch.Tensor:
            with torch.autocast(windows.device.type, dtype=dtype):
                return network(windows).float()

        return run

    return Way(f"autocast_{str(dtype).removeprefix('torch.')}", build)


CHANNELS_LAST = Way("channels_last", _channels_last)
FUSED_ATTENTION = Way("fused_attention", _fused_attention)
AUTOCAST_BFLOAT16 = _autocast(torch.bfloat16)
AUTOCAST_FLOAT16 = _autocast(torch.float16)
