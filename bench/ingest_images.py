"""Images for `ingest`: series as a small scan has them, as files and as what stands in them."""

from __future__ import annotations

from pathlib import Path

from builders.minimal_mr import mr_slice
from pydicom.uid import generate_uid

IMAGES_OF_A_SERIES = 100
ROWS_AND_COLUMNS = 128


def write_images(folder: Path, count: int) -> list[bytes]:
    """As many images in series of a hundred, as files in the folder; gives their contents."""
    folder.mkdir(parents=True)
    contents = []
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
            file = folder / f"{first + number:05d}.dcm"
            image.save_as(file, enforce_file_format=True)
            contents.append(file.read_bytes())
    return contents
