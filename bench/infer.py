"""A request's inference, ours against a plain script, for four networks on this processor.

Sides are processes that take turns; each does the same from the same voxels to the same mask. The
script's lie in a file as its network wants them, ours as they come out of DICOM. The script is what
a lab writes with MONAI, its model loaded for each request, or kept. NETS=a,b names some of the
networks.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from bench.convolution_peak import convolution_peaks
from bench.infer_nets import NETS, BenchNet
from bench.infer_rounds import measured
from bench.infer_table import show

LEAST = {"exact": 3.0, "fast": 5.0}  # of SwinUNETR
LEAST_MEAN = {"exact": 2.5, "fast": 4.0}
LEAST_DICE = {"exact": 0.999, "fast": 0.995}


def run(quick: bool) -> Mapping[str, object]:  # noqa: FBT001 - every benchmark is called so
    """Ratios are medians over pairs that ran one after the other."""
    chosen = _chosen()
    peaks = convolution_peaks()
    figures = {each.name: measured(each, quick=quick, peaks=peaks) for each in chosen}
    means = {side: _mean([each["ratio"][side] for each in figures.values()]) for side in LEAST}
    show(figures, means, peaks)
    return {
        "nets": figures,
        "geometric_means": means,
        "peak_gflops": peaks,
        "against": "a plain MONAI script that loads its model per request; geometric mean, exact",
        "ratio": means["exact"],
        "ok": _is_ok(figures, means),
    }


def _chosen() -> list[BenchNet]:
    by_name = {each.name: each for each in NETS}
    names = [name for name in os.environ.get("NETS", "").split(",") if name] or list(by_name)
    if not by_name.keys() >= set(names):
        raise SystemExit(f"NETS is {','.join(names)}, expected some of {','.join(by_name)}.")
    return [by_name[name] for name in names]


def _is_ok(figures: Mapping[str, Any], means: Mapping[str, float]) -> bool:
    swin = figures.get("swin_unetr", {"ratio": {}})["ratio"]
    return (
        all(swin.get(side, 0) >= least for side, least in LEAST.items())
        and all(means[side] >= least for side, least in LEAST_MEAN.items())
        and all(
            each["dice"][s] >= least for each in figures.values() for s, least in LEAST_DICE.items()
        )
    )


def _mean(ratios: Sequence[float]) -> float:
    return round(prod(ratios) ** (1 / len(ratios)), 2)
