"""What is tried, one after the other, until a volume fits into memory."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.warning_codes import Mended, WarningCode
from segrelay_worker.errors import TransientError
from segrelay_worker.logs import fields
from segrelay_worker.segmenters.limits_section import LimitsSection
from segrelay_worker.segmenters.manifest import WindowSection

_log = logging.getLogger(__name__)

DETAIL_LENGTH = 1000  # the end of an exception's text says most

Result = TypeVar("Result")


@dataclass(frozen=True)
class Run:
    """One way to put a volume through a network: as a whole where `window` is None."""

    device: str
    window: WindowSection | None
    half_precision: bool = False


def ladder(asked: Run, limits: LimitsSection, fallback_device: str | None) -> tuple[Run, ...]:
    """From what the package asks for down to what takes the least memory.

    Fewer windows at a time, smaller ones, half precision; last another device, as the package
    asks for it but with one window at a time.
    """
    rungs = [asked, *(replace(asked, window=window) for window in _smaller(asked.window, limits))]
    if limits.half_precision and asked.device != "cpu":
        rungs.append(replace(rungs[-1], half_precision=True))
    if fallback_device not in {None, asked.device}:
        rungs.append(Run(str(fallback_device), asked.window and _with(asked.window, batch=1)))
    return tuple(rungs)


def first_that_fits(
    rungs: Sequence[Run],
    attempt: Callable[[Run], Result],
    *,
    is_shortage: Callable[[Exception], bool],
    free: Callable[[], None],
) -> tuple[Result, Run]:
    """The first result, and what it took.

    Raises what `attempt` raises for other reasons, TransientError out_of_memory if nothing fits.
    """
    told = ""
    for rung in rungs:
        try:
            return attempt(rung), rung
        except Exception as error:
            if not is_shortage(error):
                raise
            told = str(error)[-DETAIL_LENGTH:]
        # By here the error is gone, and with it the frames that held what filled the memory.
        free()
        _log.warning(
            "메모리 부족 (memory does not suffice)",
            extra=fields(
                device=rung.device,
                windows=rung.window and rung.window.batch,
                size=rung.window and rung.window.size,
                half_precision=rung.half_precision,
            ),
        )
    raise TransientError(ErrorCode.OUT_OF_MEMORY, {"device": rungs[0].device}, detail=told)


def given_up(asked: Run, used: Run) -> tuple[Mended, ...]:
    """What a result has to say about the run that made it."""
    return tuple(
        Mended(code, {"asked": before, "used": now})
        for code, before, now in (
            (WarningCode.WINDOW_BATCH_REDUCED, *_batches(asked, used)),
            (WarningCode.WINDOWS_REDUCED, *_sizes(asked, used)),
            (WarningCode.HALF_PRECISION_USED, _bits(asked), _bits(used)),
            (WarningCode.OTHER_DEVICE_USED, asked.device, used.device),
        )
        if before != now
    )


def _smaller(window: WindowSection | None, limits: LimitsSection) -> Iterator[WindowSection]:
    if window is None:
        return
    while window.batch > 1:
        window = _with(window, batch=window.batch // 2)
        yield window
    smallest = limits.smallest_window or window.size
    while (size := _halved(window.size, smallest)) != window.size:
        window = _with(window, size=size)
        yield window


def _halved(size: tuple[int, int, int], smallest: tuple[int, int, int]) -> tuple[int, int, int]:
    x, y, z = (
        min(length, max(length // 2, least)) for length, least in zip(size, smallest, strict=True)
    )
    return x, y, z


def _with(window: WindowSection, **changes: object) -> WindowSection:
    return window.model_copy(update=changes)


def _batches(asked: Run, used: Run) -> tuple[int, int]:
    if asked.window is None or used.window is None:
        return 0, 0
    return asked.window.batch, used.window.batch


def _sizes(asked: Run, used: Run) -> tuple[str, str]:
    if asked.window is None or used.window is None:
        return "", ""
    return _shown(asked.window.size), _shown(used.window.size)


def _shown(size: tuple[int, int, int]) -> str:
    return " × ".join(map(str, size))


def _bits(run: Run) -> int:
    return 16 if run.half_precision else 32
