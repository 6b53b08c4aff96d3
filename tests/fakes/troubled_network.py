"""A network that does what its input asks for, bad things above all."""

from __future__ import annotations

import os
import resource
import signal
import threading
from pathlib import Path
from typing import BinaryIO

import torch
from builders.trouble import Trouble

from segrelay_worker.segmenters.machine import Machine
from segrelay_worker.segmenters.network_segmenter import NetworkSegmenter
from segrelay_worker.segmenters.package import ModelPackage
from segrelay_worker.segmenters.segmenter import Segmenter

BRIGHT = 500.0  # as the stub's
SPARE_BYTES = 256 * 2**20  # that a hungry network may take, so that the machine stays alive
BLOCK_BYTES = 32 * 2**20

FOLDER_VARIABLE = "TROUBLED_NETWORK_FOLDER"  # where it notes what it did once


class TroubledNetwork(torch.nn.Module):
    """Marks what is bright, unless the first voxel asks for trouble."""

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        trouble = Trouble(int(batch.flatten()[0]))
        match trouble:
            case Trouble.HUNGRY:
                _eat()
            case Trouble.KILLED:
                os.kill(os.getpid(), signal.SIGKILL)
            case Trouble.ABORTED_ONCE if _is_first(trouble):
                os.abort()
            case Trouble.HANGING | Trouble.CANCELLED:
                threading.Event().wait()
        return (batch > BRIGHT).float()


def _eat() -> None:
    blocks = []
    while True:
        blocks.append(torch.ones(BLOCK_BYTES // 4))


def _is_first(trouble: Trouble) -> bool:
    note = Path(os.environ[FOLDER_VARIABLE]) / trouble.name
    was_there = note.exists()
    note.touch()
    return not was_there


def open_troubled(package: ModelPackage, weights: BinaryIO, machine: Machine) -> Segmenter:
    torch.set_num_threads(1)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + SPARE_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
    return NetworkSegmenter(package, TroubledNetwork(), machine)


TROUBLED_FORMATS = {"stub": open_troubled}
