from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import torch
from numpy._core import multiarray

from segrelay_worker.segmenters.manifest import unreadable

# How pickles build single numbers and arrays, which nnU-Net keeps of its training; before NumPy 2
# these were elsewhere. None of them runs code of the file.
_NUMBERS: list[Any] = [
    np.dtype,
    np.ndarray,
    *{type(np.dtype(code)) for code in np.typecodes["All"] if code != "O"},
    *(
        (getattr(multiarray, name), f"{module}.multiarray.{name}")
        for module in ("numpy._core", "numpy.core")
        for name in ("scalar", "_reconstruct")
    ),
]


@dataclass(frozen=True)
class NnunetCheckpoint:
    """What one fold of a training left; `mirror_axes` is None where it was done without."""

    configuration: str
    trainer: str
    weights: Mapping[str, torch.Tensor]
    mirror_axes: Sequence[int] | None


def read_checkpoint(file: BinaryIO, name: str) -> NnunetCheckpoint:
    """A checkpoint, read without running code in it. Raises PermanentError model_unreadable."""
    found = _unpickled(file, name)
    try:
        return NnunetCheckpoint(
            configuration=found["init_args"]["configuration"],
            trainer=found["trainer_name"],
            weights=found["network_weights"],
            mirror_axes=found.get("inference_allowed_mirroring_axes"),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise unreadable(f"{name} is no checkpoint of nnU-Net v2: it lacks {error}") from error


def _unpickled(file: BinaryIO, name: str) -> Any:  # noqa: ANN401 - whatever is in it
    try:
        with torch.serialization.safe_globals(_NUMBERS):
            return torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise unreadable(
            f"{name} holds Python objects besides weights, which could run code. Where it was "
            "trained, keep of it what predicts: network_weights, init_args, trainer_name and "
            "inference_allowed_mirroring_axes, saved by torch.save(...)"
        ) from error
    except (RuntimeError, ValueError, EOFError) as error:
        raise unreadable(f"{name} is no file that torch.save wrote") from error
