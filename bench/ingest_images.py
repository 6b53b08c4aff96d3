"""Files for `ingest`: series of images with the 131 kB that a usual MR image has."""

from __future__ import annotations

from pathlib import Path

from builders.minimal_mr import mr_slice
from pydicom.uid import generate_uid

IMAGES_OF_A_SERIES = 100
ROWS_AND_COLUMNS = 256


def write_images(folder: Path, count: int) -> None:
    """So many images in series of a hundred."""
    folder.mkdir(parents=True)
    for first in range(0, count, IMAGES_OF_A_SERIES):
        study_uid, series_uid = generate_uid(), generate_uid()
        for number in range(1, IMAGES_OF_A_SERIES + 1):
            image = mr_slice(
                study_uid=study_uid,
                series_uid=series_uid,
                number=number,
                position_mm=(0.0, 0.0, float(number)),
                rows=ROWS_AND_COLUMNS,
                columns=ROWS_AND_COLUMNS,
            )
            image.save_as(folder / f"{first + number:05d}.dcm", enforce_file_format=True)
