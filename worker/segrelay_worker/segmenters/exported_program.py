from __future__ import annotations

import warnings
from typing import Any, BinaryIO, Self

import torch
from torch.export.passes import move_to_device_pass

from segrelay_worker.segmenters.manifest import unreadable
from segrelay_worker.segmenters.package import ModelPackage


class ExportedNetwork(torch.nn.Module):
    """An exported program, which holds its device also in operations that make or move tensors."""

    def __init__(self, program: torch.export.ExportedProgram) -> None:
        super().__init__()
        self._program = program
        self._network = program.module()
        self.register_buffer("_place", torch.empty(0), persistent=False)
        self._made_for = self._device()

    def to(self, *arguments: Any, **named: Any) -> Self:  # noqa: ANN401 - torch has many forms
        """As of any network, with those operations."""
        super().to(*arguments, **named)
        if self._device() != self._made_for:
            self._program = move_to_device_pass(self._program, self._device())
            self._network = self._program.module()
            self._made_for = self._device()
        return self

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """[n, role, x, y, z] → [n, segment, x, y, z]."""
        output: torch.Tensor = self._network(batch)
        return output

    def _device(self) -> torch.device:
        """With its number, which operations compare."""
        return self.get_buffer("_place").device


def load_exported_program(package: ModelPackage, weights: BinaryIO) -> torch.nn.Module:
    """A network that `torch.export.save` wrote (.pt2), its code included.

    Raises PermanentError model_unreadable.
    """
    name = package.weights_path.name
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of torch itself, about its own file format
            network = ExportedNetwork(torch.export.load(weights))
    except Exception as error:
        raise unreadable(f"{name} is no exported program ({type(error).__name__})") from error
    return network
