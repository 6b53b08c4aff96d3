# SPDX-License-Identifier: AGPL-3.0-or-later
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from segrelay_plugin.headers import image_count
from segrelay_plugin.rules.functional_groups import frame_values, header_value
from segrelay_plugin.rules.planes import Plane, plane_of

# These stand beside the DICOM keywords in a rule.
IMAGES = "images"  # how many images the series has; each frame counts
PLANE = "plane"
DIMENSION = "dimension"  # 2D or 3D

ORIENTATION = "ImageOrientationPatient"
ORIENTATION_GROUP = "PlaneOrientationSequence"


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """What rules look at: the header of the first image or frame, and what all images say."""

    header: Mapping[str, object]
    images: int
    plane: Plane | None = None

    def value(self, name: str) -> str | None:
        """One fact as text (several values joined by a backslash), or None if it is absent."""
        if name == IMAGES:
            return str(self.images)
        if name == PLANE:
            return self.plane
        value = header_value(self.header, "MRAcquisitionType" if name == DIMENSION else name)
        return (value.strip() or None) if isinstance(value, str) else None

    def has(self, name: str) -> bool:
        """Whether a fact is there; of a sequence, whether it has items."""
        return self.value(name) is not None or isinstance(header_value(self.header, name), list)


def facts_of(images: Sequence[Mapping[str, object]], *, count: int | None = None) -> SeriesFacts:
    """The facts of a series by the headers of its images, of which there is at least one."""
    return SeriesFacts(
        header=images[0],
        images=image_count(images) if count is None else count,
        plane=plane_of(text for header in images for text in _orientations(header)),
    )


def _orientations(header: Mapping[str, object]) -> Iterator[str]:
    if isinstance(text := header.get(ORIENTATION), str):
        yield text
    yield from frame_values(header, ORIENTATION_GROUP, ORIENTATION)
