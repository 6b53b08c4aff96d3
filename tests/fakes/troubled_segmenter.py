"""A model that does what its input asks for, bad things above all."""

from __future__ import annotations

import os
import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from builders.trouble import Trouble
from fakes.stub_segmenter import StubSegmenter

from segrelay_worker.segmenters.machine import Machine
from segrelay_worker.segmenters.package import ModelPackage
from segrelay_worker.segmenters.segmenter import (
    PlacedChannels,
    Prediction,
    ReportFraction,
    Segmenter,
)

if TYPE_CHECKING:
    import torch  # most troubles need none of it, and it takes a second each time

SPARE_BYTES = 256 * 2**20  # that a hungry network may take, so that the machine stays alive
BLOCK_BYTES = 32 * 2**20

FOLDER_VARIABLE = "TROUBLED_SEGMENTER_FOLDER"  # where it notes what it did once


class TroubledSegmenter:
    """The stub, unless the first voxel asks for trouble."""

    def __init__(self, package: ModelPackage, machine: Machine) -> None:
        self._package = package
        self._machine = machine
        self._stub = StubSegmenter(package)

    def predict(self, channels: PlacedChannels, report: ReportFraction) -> Prediction:
        report(0.0)
        trouble = Trouble(int(channels.array_cxyz.flat[0]))
        match trouble:
            case Trouble.HUNGRY:
                return self._hungry().predict(channels, report)
            case Trouble.KILLED:
                os.kill(os.getpid(), signal.SIGKILL)
            case Trouble.ABORTED_ONCE if _is_first(trouble):
                os.abort()
            case Trouble.HANGING | Trouble.CANCELLED:
                threading.Event().wait()
        return self._stub.predict(channels, report)

    def _hungry(self) -> Segmenter:
        # Both take a second, and most troubles need neither.
        import torch  # noqa: PLC0415

        from segrelay_worker.segmenters.network_segmenter import NetworkSegmenter  # noqa: PLC0415

        class Hungry(torch.nn.Module):
            """Takes memory until there is none."""

            def forward(self, _batch: torch.Tensor) -> torch.Tensor:
                blocks = []
                with _limited_memory():
                    while True:
                        blocks.append(torch.ones(BLOCK_BYTES // 4))

        torch.set_num_threads(1)
        return NetworkSegmenter(self._package, Hungry(), self._machine)


@contextmanager
def _limited_memory() -> Iterator[None]:
    """Meanwhile alone: the limit counts addresses, of which given back memory keeps some."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + SPARE_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _is_first(trouble: Trouble) -> bool:
    note = Path(os.environ[FOLDER_VARIABLE]) / trouble.name
    was_there = note.exists()
    note.touch()
    return not was_there


def open_troubled(package: ModelPackage, weights: BinaryIO, machine: Machine) -> Segmenter:
    return TroubledSegmenter(package, machine)


TROUBLED_FORMATS = {"stub": open_troubled}
