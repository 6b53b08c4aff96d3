"""The networks that `bench/infer.py` runs, as a lab has them: a weights file and how to call it.

Nobody trained the first three: their weights are random but for the last layer, which is fitted to
what is bright, so that there is a mask to compare. deepbet's are its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from builders.network_package import write_network_package
from monai.networks import nets
from numpy.typing import NDArray
from scipy import ndimage

from demo.deepbet_package import deepbet_nets, net

_SCORES = """
[[input.preprocessing]]
step = "zscore"
voxels = "{voxels}"
"""
_CLIPPED = """
[[input.preprocessing]]
step = "percentiles"
lower = 0.5
upper = 99.5
"""
CHECK_INPUT = "check.npy"
_SURE = 4.0  # logit of what the last layer is fitted to


@dataclass(frozen=True)
class BenchNet:
    """`class_name` is one of MONAI's; deepbet has none, it is TorchScript."""

    name: str
    channels: int
    window: tuple[int, int, int]
    class_name: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def roles(self) -> tuple[str, ...]:
        """One for each channel."""
        return tuple(f"role{number}" for number in range(self.channels))

    @cached_property
    def activation(self) -> str:
        """Deepbet returns probabilities."""
        return "sigmoid" if self.class_name else "none"

    def built(self) -> torch.nn.Module:
        """As a script builds it before it loads the weights."""
        made: torch.nn.Module = getattr(nets, str(self.class_name))(**self.arguments)
        return made.eval()

    def loaded(self, weights: Path) -> torch.nn.Module:
        """As a script does it."""
        if self.class_name is None:
            return net(weights)
        network = self.built()
        network.load_state_dict(torch.load(weights, weights_only=True))
        return network


_IN_OUT = {"in_channels": 4, "out_channels": 1}
_DYNUNET = {
    "spatial_dims": 3,
    "kernel_size": [3] * 5,
    "strides": [1, 2, 2, 2, 2],
    "upsample_kernel_size": [2] * 4,
}
NETS = (
    BenchNet("swin_unetr", 4, (128, 128, 128), "SwinUNETR", {**_IN_OUT, "feature_size": 24}),
    BenchNet("seg_res_net", 4, (128, 128, 128), "SegResNet", {**_IN_OUT, "init_filters": 16}),
    BenchNet("dyn_unet", 4, (128, 128, 128), "DynUNet", {**_IN_OUT, **_DYNUNET}),
    BenchNet("deepbet", 1, (256, 256, 256)),
)


class _Deepbet(torch.nn.Module):
    """Its second net with the input that it was trained on, and the brain of its two classes."""

    def __init__(self, brain_net: torch.nn.Module) -> None:
        super().__init__()
        self.brain_net = brain_net

    def forward(self, scores: torch.Tensor) -> torch.Tensor:
        classes: torch.Tensor = self.brain_net(0.226 * scores + 0.449)
        return classes[:, 1:2]


def write_package(
    bench_net: BenchNet, folder: Path, precision: str, network: torch.nn.Module
) -> Path:
    """A package that does what the script does; returns the weights' path."""
    is_state_dict = bench_net.class_name is not None

    def save(path: Path) -> None:
        if is_state_dict:
            torch.save(network.state_dict(), path)
        else:
            torch.jit.save(torch.jit.script(network), path)

    return write_network_package(
        folder,
        "state_dict" if is_state_dict else "torchscript",
        save,
        activation=bench_net.activation,
        roles=bench_net.roles,
        name=bench_net.name,
        sections=_sections(bench_net, precision),
    )


def _sections(bench_net: BenchNet, precision: str) -> str:
    steps = _SCORES.format(voxels="nonzero")
    network = ""
    if bench_net.class_name is None:
        steps = _CLIPPED + _SCORES.format(voxels="all")
    else:
        given = ", ".join(f"{key} = {json.dumps(v)}" for key, v in bench_net.arguments.items())
        path = f"monai.networks.nets:{bench_net.class_name}"
        network = f'[network]\nclass = "{path}"\narguments = {{ {given} }}\n'
    return f"""{steps}
[window]
size = {list(bench_net.window)}
[inference]
precision = "{precision}"
check_input = "{CHECK_INPUT}"
{network}"""


def made_network(bench_net: BenchNet, seen_cxyz: NDArray[np.float32]) -> torch.nn.Module:
    """The same each time; `seen_cxyz` is a window as the network sees it."""
    if bench_net.class_name is None:
        brain_net = _Deepbet(net(deepbet_nets() / "model.pt"))
        scripted: torch.nn.Module = torch.jit.script(brain_net.eval())
        return scripted
    torch.manual_seed(0)
    network = bench_net.built()
    _fit_last_layer(network, torch.from_numpy(seen_cxyz)[None])
    return network


def _fit_last_layer(network: torch.nn.Module, batch: torch.Tensor) -> None:
    """Least squares, from its features to what is bright in the first channel."""
    last = [each for each in network.modules() if isinstance(each, torch.nn.Conv3d)]
    final = next(each for each in reversed(last) if each.out_channels == 1)
    caught: list[torch.Tensor] = []
    hook = final.register_forward_pre_hook(lambda _, given: caught.append(given[0]))
    with torch.inference_mode():
        network(batch)
    hook.remove()
    features = caught[-1][0].flatten(1).double().numpy()
    smooth_xyz = ndimage.gaussian_filter(batch[0, 0].numpy(), 1.5)
    wanted = np.where(smooth_xyz > np.quantile(smooth_xyz, 0.8), _SURE, -_SURE).ravel()
    with_one = np.vstack([features, np.ones(len(wanted))])
    squares = with_one @ with_one.T
    squares[np.diag_indices_from(squares)] *= 1 + 1e-6
    *weight, bias = np.linalg.solve(squares, with_one @ wanted)
    with torch.no_grad():
        final.weight.copy_(torch.tensor(weight).view_as(final.weight))
        final.get_parameter("bias").fill_(bias)
