from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from builders.mr_series import SeriesPlan

# Small, and yet with some voxels of the lesion in several slices.
SMALL = SeriesPlan(shape_zyx=(6, 14, 10), spacing_zyx_mm=(8.0, 6.0, 7.0))


def unique(plan: SeriesPlan = SMALL, **changes: object) -> SeriesPlan:
    """The plan as a study that no other test of this run has."""
    root = f"2.25.{int.from_bytes(uuid4().bytes[:8])}"
    return replace(plan, uid_root=root, **changes)  # type: ignore[arg-type] # fields by name
