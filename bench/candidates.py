"""Whether many stored series slow down what the plugin does with each of them.

Two Orthancs stand side by side, one with ten times as many series of one small image. In turns,
each is given new rules, by which all its series are judged again, and is asked for its list of
candidates, page by page; before that, all are tagged and told to a Django that answers at once.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from integration.orthanc_server import OrthancServer

from bench.many_series import ManySeries, many_series, medians_in_turns

WORST_RATIO = 1.5


def run(quick: bool) -> Mapping[str, object]:  # noqa: FBT001 - every benchmark is called so
    """Time per series of the many, as a share of that of the few; the worst ratio of three."""
    few_count, many_count = (200, 2_000) if quick else (1_000, 10_000)
    rounds = 3 if quick else 5
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            many_series(OrthancServer, folder / "few", few_count) as few,
            many_series(OrthancServer, folder / "many", many_count) as many,
        ):
            judging = medians_in_turns(few, many, rounds, ManySeries.judging_seconds)
            tagging = (few.tagging_seconds(), many.tagging_seconds())
            listing = medians_in_turns(few, many, rounds, ManySeries.listing_seconds)
    seconds = {"judging": judging, "tagging": tagging, "listing": listing}
    ratios = {f"{what}_ratio": round(lots / some, 2) for what, (some, lots) in seconds.items()}
    worst = max(ratios.values())
    return {
        "series": many_count,
        **ratios,
        **{f"{what}_ms": round(1000 * lots, 3) for what, (_, lots) in seconds.items()},
        "against": f"the same per series with {few_count} series, same run",
        "ratio": worst,
        "ok": worst <= WORST_RATIO,
    }
