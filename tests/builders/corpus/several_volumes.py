"""Classic series that hold several volumes, of which one has the lesion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from builders.mr_series import SeriesPlan, build_series
from pydicom import Dataset


def several_volumes(
    plan: SeriesPlan, tags: Sequence[Mapping[str, object]], *, wanted: int
) -> list[Dataset]:
    """One volume for each of `tags`, all images mixed; only the wanted one has the lesion."""
    images = []
    for number, own in enumerate(tags):
        volume = replace(plan, lesion=number == wanted, changes={**plan.changes, **own})
        for image in build_series(volume):
            image.SOPInstanceUID += f".{number}"
            images.append(image)
    return sorted(images, key=lambda image: (image.InstanceNumber, image.SOPInstanceUID))


def repeated_in_time(plan: SeriesPlan, *, wanted: int) -> list[Dataset]:
    """Two volumes that only the order of their times at each place tells apart."""
    volumes = [
        build_series(replace(plan, lesion=number == wanted), shuffled=False) for number in range(2)
    ]
    for number, volume in enumerate(volumes):
        for place, image in enumerate(volume):
            image.SOPInstanceUID += f".{number}"
            image.AcquisitionTime = image.ContentTime = f"10{2 * place + number:02d}00"
    return [image for volume in volumes for image in volume]
