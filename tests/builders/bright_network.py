"""A network that marks what is brighter than its surroundings, as a trained one would."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from builders.network_package import write_torchscript_package

from segrelay_worker.segmenters.package import ModelPackage, load_package

SIDE = 16


class BrightNetwork(torch.nn.Module):
    """Two convolutions whose mask does not hang on rounding."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.spread = torch.nn.Conv3d(1, 8, 3, padding=1)
        self.gather = torch.nn.Conv3d(8, 1, 1)
        with torch.no_grad():
            self.spread.weight.copy_(torch.rand(self.spread.weight.shape) / 27)
            self.spread.get_parameter("bias").zero_()
            self.gather.weight.fill_(4.0)
            self.gather.get_parameter("bias").fill_(-8.0)

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        output: torch.Tensor = self.gather(self.spread(batch))
        return output


def bright_package(
    folder: Path, *, precision: str, window: bool = True, network: torch.nn.Module | None = None
) -> ModelPackage:
    """It brings a cube as check input, so that no head need be made."""
    windows = f"[window]\nsize = [{SIDE}, {SIDE}, {SIDE}]\n" if window else ""
    weights = write_torchscript_package(
        folder,
        network or BrightNetwork().eval(),
        activation="sigmoid",
        sections=f'{windows}[inference]\nprecision = "{precision}"\ncheck_input = "cube.npy"\n',
    )
    np.save(folder / "cube.npy", cube())
    return load_package(weights)


def cube() -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """[1, x, y, z], bright off the middle."""
    cube_cxyz = np.full((1, SIDE, SIDE, SIDE), 0.1, dtype=np.float32)
    cube_cxyz[0, 3:10, 5:13, 2:9] = 1.0
    return cube_cxyz
