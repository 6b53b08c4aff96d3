"""Whether many stored series slow down what the plugin does with each of them.

Two Orthancs stand side by side, one with ten times as many series of one small image. In turns,
each is given new rules, by which all its series are judged again, and is asked for its list of
candidates, page by page; before that, all are tagged and told to a Django that answers at once.

Where Orthanc itself takes longer to tell of one of many series, the plugin cannot be flatter: that
growth is measured beside the others (`orthanc_ratio`, 1 for a database with the right indexes).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

from integration.orthanc_server import OrthancServer

from bench.many_series import ManySeries, many_series

WORST_RATIO = 1.5


def run(quick: bool) -> Mapping[str, object]:  # noqa: FBT001 - every benchmark is called so
    """With the Orthanc of this machine."""
    return measure(OrthancServer, count=2_000 if quick else 10_000, rounds=3 if quick else 5)


def measure(new_orthanc: type[OrthancServer], *, count: int, rounds: int) -> Mapping[str, object]:
    """Time per series of so many, as a share of that of a tenth of them; the worst of three."""
    few_count = count // 10
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            many_series(new_orthanc, folder / "few", few_count) as few,
            many_series(new_orthanc, folder / "many", count) as many,
        ):
            judging = _medians(few, many, rounds, ManySeries.judging_seconds)
            tagging = (few.tagging_seconds(), many.tagging_seconds())
            listing = _medians(few, many, rounds, ManySeries.listing_seconds)
            alone = _medians(few, many, rounds, ManySeries.seconds_of_orthanc)
    seconds = {"judging": judging, "tagging": tagging, "listing": listing}
    ratios = {what: lots / some for what, (some, lots) in seconds.items()}
    orthanc_ratio = alone[1] / alone[0]
    worst = max(ratios.values()) / max(1.0, orthanc_ratio)
    return {
        "series": count,
        **{f"{what}_ratio": round(ratio, 2) for what, ratio in ratios.items()},
        "orthanc_ratio": round(orthanc_ratio, 2),
        **{f"{what}_ms": round(1000 * lots, 3) for what, (_, lots) in seconds.items()},
        "against": f"the same per series with {few_count} series, beside Orthanc's own growth",
        "ratio": round(worst, 2),
        "ok": worst <= WORST_RATIO,
    }


def _medians(
    few: ManySeries, many: ManySeries, rounds: int, seconds: Callable[[ManySeries], float]
) -> tuple[float, float]:
    """Of the few and of the many, asked in turns."""
    measured = [(seconds(few), seconds(many)) for _ in range(rounds)]
    return median(one for one, _ in measured), median(one for _, one in measured)
