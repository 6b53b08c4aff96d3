"""`candidates` with Orthanc 1.12, in the container that the tests use.

With fewer series: 1.12.7 on SQLite looks through all of a kind for one of them, at each call.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping

from integration.orthanc_container import OrthancContainer, build_image
from integration.orthanc_server import ROOT

from bench.candidates import measure


def run(quick: bool) -> Mapping[str, object]:  # noqa: FBT001 - every benchmark is called so
    """As `candidates` gives it."""
    subprocess.run([ROOT / "deploy" / "ensure-docker.sh"], check=True)
    build_image()
    return measure(OrthancContainer, count=1_000 if quick else 3_000, rounds=3)
