"""Siemens mosaics: all slices of one time as tiles of one image → slices with their places."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.series_rules.headers import SliceHeader, directions_of, positions_of
from segrelay_worker.errors import PermanentError
from segrelay_worker.series_volume.csa_header import csa_fields
from segrelay_worker.series_volume.stored_slice import StoredSlice, Tile

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class _Layout:
    """How many tiles, of what size, and the step from one slice to the next in the patient."""

    tiles: int
    tiles_across: int
    rows: int
    columns: int
    step_mm: Vector


def cut_tiles(mosaic: StoredSlice) -> list[StoredSlice]:
    """The slices of a mosaic in the order of its tiles.

    Raises PermanentError unreadable_mosaic if the private header does not say how it is laid out.
    """
    try:
        layout = _layout(mosaic)
        first_mm = _first_position_mm(mosaic, layout)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise PermanentError(ErrorCode.UNREADABLE_MOSAIC, detail=str(error)) from error
    return [_tile(mosaic, layout, first_mm, number) for number in range(layout.tiles)]


def _layout(mosaic: StoredSlice) -> _Layout:
    fields = csa_fields(mosaic.instance)
    tiles = int(fields["NumberOfImagesInMosaic"][0])
    across = math.isqrt(max(tiles, 1) - 1) + 1
    rows, columns = int(mosaic.instance.Rows), int(mosaic.instance.Columns)
    if tiles < 1 or rows % across or columns % across:
        raise ValueError(f"{tiles} tiles do not fit {rows} rows and {columns} columns")
    # The cross product of rows and columns may point the other way; this one never does.
    normal = np.array([float(part) for part in fields["SliceNormalVector"]])
    spacing_mm = float(mosaic.instance.SpacingBetweenSlices)
    if normal.shape != (3,) or not np.isfinite(normal).all() or not math.isfinite(spacing_mm):
        raise ValueError("the slice normal or the spacing is none")
    return _Layout(tiles, across, rows // across, columns // across, normal * spacing_mm)


def _first_position_mm(mosaic: StoredSlice, layout: _Layout) -> Vector:
    """The header puts the centre of the whole mosaic where the centre of a slice belongs."""
    header = SliceHeader.from_tags(mosaic.tags)
    row, column = (np.array(direction) for direction in directions_of(header))
    if header.pixel_spacing_mm is None:
        raise ValueError("no pixel spacing")
    between_rows_mm, between_columns_mm = header.pixel_spacing_mm
    too_wide = layout.columns * (layout.tiles_across - 1) / 2 * between_columns_mm
    too_high = layout.rows * (layout.tiles_across - 1) / 2 * between_rows_mm
    first_mm: Vector = np.array(positions_of([header])[0]) + row * too_wide + column * too_high
    return first_mm


def _tile(mosaic: StoredSlice, layout: _Layout, first_mm: Vector, number: int) -> StoredSlice:
    down, across = divmod(number, layout.tiles_across)
    tile = Tile(down * layout.rows, across * layout.columns, layout.rows, layout.columns)
    position_mm = first_mm + number * layout.step_mm
    tags = {
        **mosaic.tags,
        "ImageType": mosaic.tags["ImageType"].upper().replace("\\MOSAIC", ""),
        "Rows": str(tile.rows),
        "Columns": str(tile.columns),
        "ImagePositionPatient": "\\".join(f"{part:.9g}" for part in position_mm),
    }
    return StoredSlice(mosaic.instance, tags, tile=tile)
