# SPDX-License-Identifier: AGPL-3.0-or-later
import json
import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise

from segrelay_plugin.headers import image_count
from segrelay_plugin.rules.facts import facts_of
from segrelay_plugin.rules.functional_groups import frame_values, header_value
from segrelay_plugin.rules.planes import normal_of

Tags = Mapping[str, object]

SAME_PLACE_MM = 0.01  # images nearer to one another than this show the same slice


@dataclass(frozen=True, slots=True)
class Geometry:
    """What the headers of a series say of its volume; None where they say nothing."""

    plane: str | None
    images: int  # each frame counts
    slice_spacing_mm: float | None  # the usual distance of two neighbours
    pixel_spacing_mm: tuple[float, ...] | None  # between rows, between columns
    rows: int | None
    columns: int | None


def geometry_of(images: Sequence[Tags]) -> Geometry:
    """The geometry of MR images, of which there is at least one; damaged values count as absent."""
    first = images[0]
    rows, columns = _numbers(first.get("Rows")), _numbers(first.get("Columns"))
    return Geometry(
        plane=facts_of(images).plane,
        images=image_count(images),
        slice_spacing_mm=_slice_spacing_mm(images),
        pixel_spacing_mm=_numbers(header_value(first, "PixelSpacing")) or None,
        rows=int(rows[0]) if rows else None,
        columns=int(columns[0]) if columns else None,
    )


def geometry_as_json(geometry: Geometry) -> str:
    """What is kept in a series' metadata."""
    return json.dumps(asdict(geometry), separators=(",", ":"))


def geometry_view(text: str) -> Mapping[str, object] | None:
    """The geometry in a series' metadata for a reader; None where nothing legible is kept."""
    try:
        document = json.loads(text) if text else None
        json.dumps(document, allow_nan=False)  # Python reads NaN and infinities, browsers do not
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _slice_spacing_mm(images: Sequence[Tags]) -> float | None:
    """The middle one of the distances along the normal, as a gap makes one of them longer."""
    normal = normal_of(str(header_value(images[0], "ImageOrientationPatient")))
    if normal is None:
        return None
    places = sorted(
        sum(a * b for a, b in zip(normal, position, strict=True))
        for image in images
        for position in _positions_mm(image)
    )
    gaps = [b - a for a, b in pairwise(places) if SAME_PLACE_MM < b - a < math.inf]
    return round(statistics.median(gaps), 4) if gaps else None


def _positions_mm(image: Tags) -> Iterator[tuple[float, ...]]:
    texts = [image.get("ImagePositionPatient")]
    texts += frame_values(image, "PlanePositionSequence", "ImagePositionPatient")
    return (position for text in texts if len(position := _numbers(text)) == 3)  # noqa: PLR2004 - x, y, z


def _numbers(value: object) -> tuple[float, ...]:
    try:
        numbers = tuple(float(part) for part in str(value).split("\\"))
    except ValueError:
        return ()
    return numbers if all(map(math.isfinite, numbers)) else ()
