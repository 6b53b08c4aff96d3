"""What a result costs beside the network: images to a volume, a mask to SEG, picture and report.

Ours is read back and has a picture; highdicom alone makes the same SEG and a report. Both save, and
take turns in one process that is prepared as the worker's is.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from bench.head_series import LABELS, SHAPE_ZYX, write_head_series

MOST_VOLUME_SECONDS = 1.0
MOST_RESULTS_SECONDS = 1.5
ROOT = Path(__file__).resolve().parents[1]


def run(quick: bool) -> Mapping[str, object]:  # noqa: FBT001 - every benchmark is called so
    """Seconds of the first round and, as medians, of those after it."""
    with tempfile.TemporaryDirectory() as name:
        write_head_series(Path(name) / "series")
        first, *warm = _rounds(name, 4 if quick else 11)
    medians = {part: median(each[part] for each in warm) for part in first}
    seconds = {
        f"{state}{part}_seconds": round(values[part], 2)
        for state, values in (("first_", first), ("", medians))
        for part in ("read", "volume", "results", "plain")
    }
    return {
        "slices_rows_columns": list(SHAPE_ZYX),
        "segments": len(LABELS),
        "rounds": len(warm),
        **seconds,
        "against": "SEG and report by highdicom alone, unchecked, in turns",
        "ratio": round(median(each["results"] / each["plain"] for each in warm), 2),
        "ok": medians["volume"] <= MOST_VOLUME_SECONDS
        and max(first["results"], medians["results"]) <= MOST_RESULTS_SECONDS,
    }


def _rounds(folder: str, count: int) -> list[dict[str, float]]:
    ended = subprocess.run(
        [sys.executable, "-m", "bench.results_side", folder, str(count)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    )
    rounds: list[dict[str, float]] = json.loads(ended.stdout)
    return rounds
