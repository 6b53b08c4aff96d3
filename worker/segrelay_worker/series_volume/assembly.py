"""Slices → one volume, judged by the same rules as in the queue."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from segrelay_contract.series_rules.headers import SliceHeader
from segrelay_contract.series_rules.verdict import judge, slice_order
from segrelay_worker.errors import PermanentError
from segrelay_worker.series_volume.decoding import decode_pixels
from segrelay_worker.series_volume.headers import header_row
from segrelay_worker.series_volume.volume import SeriesVolume, SliceSource


def assemble_volume(datasets: Sequence[Dataset]) -> SeriesVolume:
    """Sorts slices by position along their normal, never by number or file name.

    Raises PermanentError with the first reason why these images are not one MR volume, or
    undecodable_pixels.
    """
    headers = [SliceHeader.from_tags(header_row(dataset)) for dataset in datasets]
    for reason in judge(headers):
        raise PermanentError(reason.code, reason.parameters)
    indices = slice_order(headers).indices
    in_order = tuple(datasets[index] for index in indices)
    return SeriesVolume(
        array_zyx=_stack(in_order),
        affine_zyx_to_lps=affine_zyx_to_lps([headers[index] for index in indices]),
        datasets=in_order,
        sources=tuple(_source(dataset) for dataset in in_order),
    )


def _source(dataset: Dataset) -> SliceSource:
    return SliceSource(str(dataset.SOPClassUID), str(dataset.SOPInstanceUID), None)


def _stack(datasets: Sequence[Dataset]) -> NDArray[np.float32]:
    shape_zyx = (len(datasets), datasets[0].Rows, datasets[0].Columns)
    array_zyx = np.empty(shape_zyx, dtype=np.float32)
    for index, dataset in enumerate(datasets):
        array_zyx[index] = decode_pixels(dataset)
    return array_zyx


def affine_zyx_to_lps(headers: Sequence[SliceHeader]) -> NDArray[np.float64]:
    """Index (slice, row, column, 1) → patient mm, for at least two sorted slices of one volume.

    The step between slices is the mean of the positions as stored, so rounding in single headers
    does not add up. Equation C.7.6.2.1-1 of DICOM PS3.3, with the slice axis added.
    """
    first = headers[0]
    if first.pixel_spacing_mm is None:
        raise ValueError("a header has no pixel spacing")
    between_rows_mm, between_columns_mm = first.pixel_spacing_mm
    positions_mm = np.array([header.position_mm for header in headers], dtype=np.float64)
    affine = np.eye(4)
    affine[:3, 0] = (positions_mm[-1] - positions_mm[0]) / (len(headers) - 1)
    affine[:3, 1] = np.array(first.column_direction) * between_rows_mm
    affine[:3, 2] = np.array(first.row_direction) * between_columns_mm
    affine[:3, 3] = positions_mm[0]
    return affine
