"""Models of which a process can load each one once: by then its hold on the GPU is broken."""

from __future__ import annotations

from typing import BinaryIO

from fakes.stub_segmenter import open_stub

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import TransientError
from segrelay_worker.segmenters.machine import Machine
from segrelay_worker.segmenters.package import ModelPackage
from segrelay_worker.segmenters.segmenter import Segmenter

_loaded = set[str]()


def open_once(package: ModelPackage, weights: BinaryIO, machine: Machine) -> Segmenter:
    if package.name in _loaded:
        raise TransientError(ErrorCode.DEVICE_UNAVAILABLE, {"device": machine.device})
    _loaded.add(package.name)
    return open_stub(package, weights, machine)


BROKEN_FORMATS = {"stub": open_once}
