"""A model without a network: marks what is bright in all inputs. It needs nothing of torch."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from segrelay_worker.segmenters.machine import Machine
from segrelay_worker.segmenters.package import ModelPackage
from segrelay_worker.segmenters.segmenter import (
    PlacedChannels,
    Prediction,
    ReportFraction,
    Segmenter,
)

BRIGHT = 500.0  # segment n holds what is brighter than n × this
STEPS = 20

SECONDS_VARIABLE = "STUB_SEGMENTER_SECONDS"  # how long inference is to last
WAIT_FILE_VARIABLE = "STUB_SEGMENTER_WAIT_FILE"  # inference lasts until this file exists

WEIGHTS = b"stub weights"


class StubSegmenter:
    """Does the work of a model, as slowly as a test wants it."""

    def __init__(self, package: ModelPackage) -> None:
        self._segments = len(package.segments)
        self._seconds = float(os.environ.get(SECONDS_VARIABLE, "0"))
        self._wait_file = os.environ.get(WAIT_FILE_VARIABLE)

    def predict(self, channels: PlacedChannels, report: ReportFraction) -> Prediction:
        for step in range(STEPS):
            time.sleep(self._seconds / STEPS)
            report((step + 1) / STEPS)
        while self._wait_file and not Path(self._wait_file).exists():
            time.sleep(0.02)
        limits = BRIGHT * np.arange(1, self._segments + 1, dtype=np.float32)
        darkest_xyz = channels.array_cxyz.min(axis=0)
        marked: NDArray[np.float32] = (darkest_xyz > limits[:, None, None, None]).astype(np.float32)
        return Prediction(marked)


def open_stub(package: ModelPackage, weights: BinaryIO, machine: Machine) -> Segmenter:
    return StubSegmenter(package)


STUB_FORMATS = {"stub": open_stub}


def write_stub_package(  # noqa: PLR0913 - what tests vary, each by name
    folder: Path,
    *,
    name: str = "stub-bright",
    version: str = "1.0.0",
    labels: tuple[str, ...] = ("Lesion",),
    orientation: str = "RAS",
    threshold: float = 0.5,
    clean: bool = False,
    weights: bytes = WEIGHTS,
    roles: tuple[str, ...] = ("t1",),
    any_frame: bool = False,
    kind: str = "binary",
    volume: Mapping[str, str] | None = None,
    interpolate: bool = False,
) -> Path:
    """A package folder for STUB_FORMATS; returns the path of its weights file."""
    folder.mkdir(parents=True, exist_ok=True)
    weights_path = folder / "best_model.pth"
    weights_path.write_bytes(weights)
    cleaning = ("largest_component", "fill_holes") if clean else ()
    sections = [
        f"""
[model]
name = "{name}"
version = "{version}"
format = "stub"
weights = "{weights_path.name}"
sha256 = "{hashlib.sha256(weights).hexdigest()}"

[input]
roles = {json.dumps(roles)}
allow_different_frames_of_reference = {json.dumps(any_frame)}
orientation = "{orientation}"
interpolate_missing_slice = {json.dumps(interpolate)}
volume = {{ {", ".join(f'{key} = "{wanted}"' for key, wanted in (volume or {}).items())} }}

[output]
activation = "none"
threshold = {threshold}
kind = "{kind}"
"""
    ]
    sections += [f'[[output.postprocessing]]\nstep = "{step}"\n' for step in cleaning]
    sections += [
        f"""
[[segments]]
number = {number}
label = "{label}"
category = {{ value = "49755003", scheme = "SCT", meaning = "Morphologically Abnormal Structure" }}
type = {{ value = "52988006", scheme = "SCT", meaning = "Lesion" }}
"""
        for number, label in enumerate(labels, start=1)
    ]
    (folder / "model.toml").write_text("".join(sections), encoding="utf-8")
    return weights_path
