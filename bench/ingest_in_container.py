"""`ingest` with Orthanc 1.12, in the container that the tests use."""

from __future__ import annotations

from collections.abc import Mapping

from bench.ingest import measure
from bench.orthanc_in_container import orthanc_in_container


def run(quick: bool) -> Mapping[str, object]:  # noqa: FBT001 - every benchmark is called so
    """As `ingest` gives it."""
    return measure(orthanc_in_container(), quick=quick)
