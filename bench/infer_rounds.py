"""Rounds in which the sides of `infer` take turns, and the figures that come of them."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.convolution_peak import arithmetic, gflops
from bench.infer_inputs import write_inputs
from bench.infer_nets import BenchNet
from bench.infer_side_process import Side

OURS = ("exact", "fast")
SIDES = ("script", "kept", *OURS)


def measured(bench_net: BenchNet, *, quick: bool, peaks: Mapping[str, float]) -> dict[str, Any]:
    """Of one network."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        gflop = write_inputs(bench_net, folder, OURS, quick=quick)
        first_starts = {side: _first_start(side, bench_net, folder) for side in OURS}
        with ExitStack() as stack:
            sides = [stack.enter_context(Side(s, bench_net.name, folder)) for s in SIDES]
            for side in sides:  # untimed
                side.request()
            rounds = [{s.name: s.request() for s in sides} for _ in range(3 if quick else 5)]
            peak_gb = {side.name: round(side.peak_gb(), 1) for side in sides}
        masks = {side: np.load(folder / f"{side}.npy") for side in SIDES}
    return {
        "seconds": _medians(rounds, "seconds"),
        "busy_seconds": _medians(rounds, "busy_seconds"),
        "ratio": _ratios(rounds, "seconds", "script"),
        "ratio_to_kept": _ratios(rounds, "seconds", "kept"),
        "busy_ratio": _ratios(rounds, "busy_seconds", "script"),
        "way": {side: rounds[0][side]["way"] for side in OURS},
        "dice": {side: round(_dice(masks[side], masks["script"]), 6) for side in SIDES[1:]},
        "marked": round(float(masks["script"].mean()), 3),
        "peak_gb": peak_gb,
        "first_start_seconds": first_starts,
        "gflop": round(gflop),
        "share_of_peak": {
            side: round(gflops(gflop, busy_seconds) / peaks[arithmetic(rounds[0][side]["way"])], 2)
            for side, busy_seconds in _medians(rounds, "busy_seconds").items()
        },
    }


def _first_start(side: str, bench_net: BenchNet, folder: Path) -> float:
    """Every way is tried, and the choice kept, as the first start of a worker does it."""
    with Side(side, bench_net.name, folder) as first:
        return round(first.seconds_to_start, 1)


def _medians(rounds: Sequence[Mapping[str, Any]], what: str) -> dict[str, float]:
    return {side: round(median(each[side][what] for each in rounds), 2) for side in SIDES}


def _ratios(rounds: Sequence[Mapping[str, Any]], what: str, against: str) -> dict[str, float]:
    return {
        side: round(median(each[against][what] / each[side][what] for each in rounds), 2)
        for side in OURS
    }


def _dice(mask: NDArray[np.bool_], wanted: NDArray[np.bool_]) -> float:
    both = int(np.count_nonzero(mask)) + int(np.count_nonzero(wanted))
    return 2 * int(np.count_nonzero(mask & wanted)) / both if both else 1.0
