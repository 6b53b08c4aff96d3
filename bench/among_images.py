"""Whether images of other series slow down how the plugin lists its own.

Orthanc 1.12.7 with SQLite looks through all images for one series that it is asked for by its id.
Two of them, in the container that the tests use, hold equally many candidates, one of them many
images of CT besides. In turns, each is asked for its list of candidates.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from bench.many_series import ManySeries, many_series, medians_in_turns
from bench.orthanc_in_container import orthanc_in_container

CANDIDATES = 200
WORST_RATIO = 1.5


def run(quick: bool) -> Mapping[str, object]:  # noqa: FBT001 - every benchmark is called so
    """Time per candidate among many images, as a share of that without them."""
    others, rounds = (2_000, 3) if quick else (10_000, 9)
    new_orthanc = orthanc_in_container()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            many_series(new_orthanc, folder / "alone", CANDIDATES) as alone,
            many_series(new_orthanc, folder / "among", CANDIDATES) as among,
        ):
            for archive in (alone, among):
                archive.tagging_seconds()
            among.store_others(others)
            alone_seconds, among_seconds = medians_in_turns(
                alone, among, rounds, ManySeries.listing_seconds
            )
    ratio = among_seconds / alone_seconds
    return {
        "candidates": CANDIDATES,
        "other_images": others,
        "alone_ms": round(1000 * alone_seconds, 3),
        "among_ms": round(1000 * among_seconds, 3),
        "against": "the same candidates without other images, same run",
        "ratio": round(ratio, 2),
        "ok": ratio <= WORST_RATIO,
    }
