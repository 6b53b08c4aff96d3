"""Stored images → one volume, judged by the same rules as in the queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.series_rules.headers import SliceHeader
from segrelay_contract.series_rules.verdict import judge_series
from segrelay_contract.series_rules.volumes import NO_RULE, VolumeRule
from segrelay_contract.warning_codes import Mended, WarningCode
from segrelay_worker.errors import PermanentError
from segrelay_worker.series_volume.classic_header import classic_header
from segrelay_worker.series_volume.decoding import decode_slices
from segrelay_worker.series_volume.headers import stored_slices
from segrelay_worker.series_volume.interpolation import (
    distance_mm,
    fill_interpolated,
    with_interpolated,
)
from segrelay_worker.series_volume.mosaic import cut_tiles
from segrelay_worker.series_volume.stored_slice import StoredSlice
from segrelay_worker.series_volume.volume import SeriesVolume


def assemble_volume(datasets: Sequence[Dataset], rule: VolumeRule = NO_RULE) -> SeriesVolume:
    """Sorts slices by position along their normal, never by number or file name.

    `rule` chooses where the series holds several volumes. Raises PermanentError with the first
    reason why these images hold no MR volume that it chooses, or undecodable_pixels.
    """
    stored = [one for dataset in datasets for one in stored_slices(dataset)]
    chosen = _choose(stored, rule)
    array_zyx = decode_slices(chosen.slices)
    fill_interpolated(array_zyx, chosen.slices)
    _require_same_pixels(chosen.copies)
    if array_zyx.min() == array_zyx.max():
        raise PermanentError(ErrorCode.BLANK_IMAGES)
    return SeriesVolume(
        array_zyx=array_zyx,
        affine_zyx_to_lps=affine_zyx_to_lps([_header(one) for one in chosen.slices]),
        datasets=tuple(classic_header(one) for one in chosen.slices),
        sources=tuple(one.source for one in chosen.slices),
        warnings=_warnings(chosen),
    )


@dataclass(frozen=True)
class _Chosen:
    """The slices of one volume in order, and images that seem to be copies of some of them."""

    slices: tuple[StoredSlice, ...]
    copies: tuple[tuple[StoredSlice, StoredSlice], ...]  # copy, kept


def _choose(stored: Sequence[StoredSlice], rule: VolumeRule) -> _Chosen:
    verdict = judge_series([_header(one) for one in stored], rule)
    for reason in verdict.reasons:
        raise PermanentError(reason.code, reason.parameters)
    slices = tuple(stored[index] for index in verdict.indices)
    copies = tuple((stored[copy], stored[kept]) for copy, kept in verdict.copies.items())
    if len(slices) == 1 and _header(slices[0]).is_mosaic:
        return _Chosen(_choose(cut_tiles(slices[0]), NO_RULE).slices, copies)
    return _Chosen(with_interpolated(slices, after=verdict.missing_after), copies)


def _header(stored: StoredSlice) -> SliceHeader:
    return SliceHeader.from_tags(stored.tags)


def _require_same_pixels(copies: Sequence[tuple[StoredSlice, StoredSlice]]) -> None:
    """Headers alike do not make a copy: which of two different images is right, nobody knows."""
    different = sum(
        not np.array_equal(decode_slices([copy]), decode_slices([kept])) for copy, kept in copies
    )
    if different:
        raise PermanentError(ErrorCode.DUPLICATE_POSITION, {"count": different})


def _warnings(chosen: _Chosen) -> tuple[Mended, ...]:
    warnings = [
        Mended(
            WarningCode.SLICE_INTERPOLATED,
            {"after_mm": round(distance_mm(_header(chosen.slices[0]), _header(one)), 1)},
        )
        for one in chosen.slices
        if one.is_interpolated
    ]
    if chosen.copies:
        warnings.append(Mended(WarningCode.COPIES_DROPPED, {"count": len(chosen.copies)}))
    return tuple(warnings)


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
