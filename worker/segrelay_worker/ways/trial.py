"""Which way is fastest among those whose mask is right; how they are built is not its business."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from segrelay_worker.logs import fields
from segrelay_worker.ways.way import Way

_log = logging.getLogger(__name__)

_HOPELESS = 1.5  # times the best so far: not tried again

Mask = NDArray[np.bool_]  # [segment, x, y, z]
Built = TypeVar("Built")


@dataclass(frozen=True)
class Tried(Generic[Built]):
    """A way as it was built, and what came of it; `dice` is that of its worst segment."""

    way: Way
    built: Built
    dice: float
    seconds: float


def fastest_right(
    ways: Iterable[tuple[Way, Callable[[], Built]]],
    *,
    plain: tuple[Way, Built],
    mask_of: Callable[[Built], Mask],
    least_dice: float,
    clock: Callable[[], float],
) -> Tried[Built]:
    """The plain way, or a faster one with nearly its mask. One that raises is passed over.

    Raises ValueError if the plain mask tells nothing.
    """
    wanted, first_seconds = _timed(mask_of, plain[1], clock)
    if not _tells_something(wanted):
        raise ValueError("the model marks nothing of the check input, or all of it")
    best = Tried(*plain, 1.0, min(first_seconds, _timed(mask_of, plain[1], clock)[1]))
    for way, build in ways:
        try:
            built = build()
            mask, seconds = _timed(mask_of, built, clock)
            dice = worst_dice(mask, wanted)
            is_right = dice >= least_dice
            if is_right and seconds < _HOPELESS * best.seconds:  # the first time takes longer
                seconds = min(seconds, _timed(mask_of, built, clock)[1])
        except Exception as error:  # noqa: BLE001 - whatever a library says, there are other ways
            _log.info(
                "방법 제외 (way left out)", extra=fields(way=way.name, reason=kind_and_text(error))
            )
            continue
        _log.info(
            "방법 시험 (way tried)",
            extra=fields(way=way.name, dice=round(dice, 5), seconds=round(seconds, 3)),
        )
        if is_right and seconds < best.seconds:
            best = Tried(way, built, dice, seconds)
    return best


def worst_dice(mask_sxyz: Mask, wanted_sxyz: Mask) -> float:
    """Over the segments of which either holds anything."""
    return min(
        (
            2 * int(np.count_nonzero(mask & wanted)) / both
            for mask, wanted in zip(mask_sxyz, wanted_sxyz, strict=True)
            if (both := int(np.count_nonzero(mask)) + int(np.count_nonzero(wanted)))
        ),
        default=1.0,
    )


def _tells_something(mask_sxyz: Mask) -> bool:
    return any(mask.any() and not mask.all() for mask in mask_sxyz)


def _timed(
    mask_of: Callable[[Built], Mask], built: Built, clock: Callable[[], float]
) -> tuple[Mask, float]:
    started = clock()
    mask = mask_of(built)
    return mask, clock() - started


def kind_and_text(error: Exception) -> str:
    """The end of what an exception says, for the log."""
    return f"{type(error).__name__}: {str(error)[-200:]}"
