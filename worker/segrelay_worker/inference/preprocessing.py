"""Channels as the network wants to see them, step by step in the package's order, and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from segrelay_worker.inference.box import foreground_box, padding_box
from segrelay_worker.inference.intensity import normalised
from segrelay_worker.inference.spacing import respacing_to
from segrelay_worker.segmenters.intensity_steps import MonaiTransform
from segrelay_worker.segmenters.manifest import InputSection, PreprocessingStep
from segrelay_worker.segmenters.segmenter import PlacedChannels
from segrelay_worker.segmenters.spatial_steps import CropForeground, PadToMultiple, Resample

WayBack = Callable[[NDArray[np.float32]], NDArray[np.float32]]  # of probabilities


@dataclass(frozen=True)
class Prepared:
    """What the network gets, and the ways back from it, the first step's first."""

    channels: PlacedChannels
    ways_back: tuple[WayBack, ...] = ()

    def undo(self, probabilities_sxyz: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities on the network's grid → on the grid that it all began with."""
        for back in reversed(self.ways_back):
            probabilities_sxyz = back(probabilities_sxyz)
        return probabilities_sxyz


def prepared(stored: PlacedChannels, section: InputSection) -> Prepared:
    """Raises PermanentError model_unreadable if a transform of MONAI's is no such step."""
    done = Prepared(stored)
    for step in section.preprocessing:
        done = _after(done, step, section.roles)
    return done


def _after(done: Prepared, step: PreprocessingStep, roles: tuple[str, ...]) -> Prepared:
    channels = done.channels
    match step:
        case Resample():
            respacing = respacing_to(step, channels)
            return Prepared(respacing.apply(channels), (*done.ways_back, respacing.undo))
        case CropForeground():
            box = foreground_box(step, channels.array_cxyz)
            return Prepared(box.cropped(channels), (*done.ways_back, box.surrounded))
        case PadToMultiple():
            box = padding_box(step, channels.array_cxyz.shape[1:])
            return Prepared(box.padded(channels), (*done.ways_back, box.cut_out))
        case MonaiTransform():
            # MONAI takes seconds to import, and few packages need it here.
            from segrelay_worker.segmenters.monai_transform import transformed  # noqa: PLC0415

            changed_cxyz = transformed(channels.array_cxyz, step)
        case _:
            changed_cxyz = normalised(channels.array_cxyz, step, roles)
    return replace(done, channels=replace(channels, array_cxyz=changed_cxyz))
