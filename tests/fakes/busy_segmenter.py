"""Models of which one cannot be loaded while something else fills the device."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from fakes.stub_segmenter import open_stub

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import TransientError
from segrelay_worker.segmenters.machine import Machine
from segrelay_worker.segmenters.package import ModelPackage
from segrelay_worker.segmenters.segmenter import Segmenter

LARGE = "large"  # the name of that one
BUSY_FILE_VARIABLE = "BUSY_SEGMENTER_FILE"  # while it exists


def open_if_there_is_room(package: ModelPackage, weights: BinaryIO, machine: Machine) -> Segmenter:
    if package.name == LARGE and Path(os.environ[BUSY_FILE_VARIABLE]).exists():
        raise TransientError(ErrorCode.OUT_OF_MEMORY, {"device": machine.device})
    return open_stub(package, weights, machine)


BUSY_FORMATS = {"stub": open_if_there_is_room}
