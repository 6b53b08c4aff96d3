from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch

from segrelay_worker.segmenters.network import Network


@dataclass(frozen=True)
class Source:
    """A loaded network on its device, and how to get an example of what it will be given."""

    network: torch.nn.Module
    make_example: Callable[[], torch.Tensor]

    @cached_property
    def example(self) -> torch.Tensor:
        """[1, role, x, y, z] on the network's device."""
        return self.make_example()


@dataclass(frozen=True)
class Way:
    """One way to compute a network, built in a folder where it may keep files for the next time.

    One with `one_shape` takes nothing but what has the shape of the example.
    """

    name: str
    build: Callable[[Source, Path], Network]
    one_shape: bool = False


EAGER = Way("eager", lambda source, _: source.network)
