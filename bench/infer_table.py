"""The figures of `infer` for people; what programs read goes to standard output."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from bench.infer_rounds import SIDES


def show(
    measured: Mapping[str, Any], means: Mapping[str, float], peaks: Mapping[str, float]
) -> None:
    """A line for each network and side."""
    print(f"convolution peak, GFLOP/s: {dict(peaks)}", file=sys.stderr)
    print(
        f"{'net':<12}{'side':<8}{'seconds':>9}{'busy':>8}{'ratio':>7}{'dice':>10}{'GB':>6}{'peak':>6}"
        "  way",
        file=sys.stderr,
    )
    for name, each in measured.items():
        for side in SIDES:
            print(
                f"{name:<12}{side:<8}{each['seconds'][side]:>9.2f}{each['busy_seconds'][side]:>8.2f}"
                f"{each['ratio'].get(side, ''):>7}{each['dice'].get(side, ''):>10}"
                f"{each['peak_gb'][side]:>6}{each['share_of_peak'][side]:>6.0%}"
                f"  {each['way'].get(side, '')}",
                file=sys.stderr,
            )
    print(f"geometric means of ratios: {dict(means)}", file=sys.stderr)
