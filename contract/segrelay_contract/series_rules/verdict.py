"""Suitable for segmentation, or the reasons why not; and which images are the volume."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from segrelay_contract.error_codes import ErrorCode, Parameters
from segrelay_contract.series_rules.alikeness import alikeness_reasons
from segrelay_contract.series_rules.copies import drop_copies
from segrelay_contract.series_rules.geometry import order_along_normal, places_along_normal
from segrelay_contract.series_rules.headers import (
    ENHANCED_MR_SOP_CLASSES,
    SliceHeader,
    directions_of,
    positions_of,
)
from segrelay_contract.series_rules.reason import Reason
from segrelay_contract.series_rules.spacing import spacing_reasons
from segrelay_contract.series_rules.volumes import (
    NO_RULE,
    VolumeRule,
    Volumes,
    split_always,
    split_at_places,
)


@dataclass(frozen=True)
class Verdict:
    """Either reasons why not, or the images of one volume sorted along their normal.

    `indices[k]` is the place in the input of slice k. `copies` are images that seem to be the same
    as one of these, by its index: whoever has the pixels must check that before dropping them.
    `missing_after` is the place of the slice after which one is missing that the model's rule lets
    be interpolated.
    """

    reasons: tuple[Reason, ...] = ()
    indices: tuple[int, ...] = ()
    copies: Mapping[int, int] = field(default_factory=dict)  # copy → kept
    missing_after: int | None = None


def judge(headers: Sequence[SliceHeader], rule: VolumeRule = NO_RULE) -> tuple[Reason, ...]:
    """The reasons why these images hold no MR volume that the rule chooses; empty if they do."""
    return judge_series(headers, rule).reasons


def judge_announced(headers: Sequence[SliceHeader]) -> tuple[Reason, ...]:
    """As `judge`, for rows that describe whole instances, before a model is chosen.

    Frames are judged at the press, and so is what depends on the model: which of several volumes
    it wants, and whether one missing slice may be interpolated.
    """
    if any(header.frames > 1 for header in headers):
        return tuple(
            reason
            for reason in _kind(headers)
            if reason.code is not ErrorCode.MULTIFRAME_SERIES or not _all_enhanced(headers)
        )
    reasons = judge(headers, VolumeRule(interpolate_missing_slice=True))
    return tuple(reason for reason in reasons if reason.code is not ErrorCode.SEVERAL_VOLUMES)


def judge_series(headers: Sequence[SliceHeader], rule: VolumeRule = NO_RULE) -> Verdict:
    """Every reason that has a meaning beside the others, or the volume."""
    reasons = [*_kind(headers), *_presence(headers)]
    if not headers or any(header.frames > 1 for header in headers):
        return Verdict(tuple(reasons))
    chosen = _choose(split_always(headers, tuple(range(len(headers)))), rule)
    if isinstance(chosen, Reason):
        return Verdict((*reasons, chosen))
    unlike = alikeness_reasons([headers[index] for index in chosen])
    if reasons or unlike:
        return Verdict((*reasons, *unlike))
    return _judge_places(headers, chosen, rule)


def _judge_places(
    headers: Sequence[SliceHeader], indices: tuple[int, ...], rule: VolumeRule
) -> Verdict:
    """Parallel images of one size: which of them are the volume, and is it without gaps?"""
    places = _places(headers, indices)
    chosen = _choose(split_at_places(headers, indices, places.__getitem__), rule)
    if isinstance(chosen, Reason):
        return Verdict((chosen,))
    kept, copies = drop_copies(headers, chosen, places)
    twice = len(kept) - len({places[index] for index in kept})
    if twice:
        return Verdict((Reason(ErrorCode.DUPLICATE_POSITION, {"count": twice}),))
    if any(headers[index].is_mosaic for index in kept):
        return _judge_mosaics(kept, copies)
    if len(kept) == 1:
        return Verdict((Reason(ErrorCode.SINGLE_SLICE),))
    volume = [headers[index] for index in kept]
    order = order_along_normal(positions_of(volume), *directions_of(volume[0]))
    reasons = tuple(spacing_reasons(volume, order))
    is_mended = rule.interpolate_missing_slice and _is_one_missing(reasons)
    return Verdict(
        reasons=() if is_mended else reasons,
        indices=tuple(kept[index] for index in order.indices),
        copies=copies,
        missing_after=order.gaps_mm.index(max(order.gaps_mm)) if is_mended else None,
    )


def _judge_mosaics(kept: tuple[int, ...], copies: Mapping[int, int]) -> Verdict:
    """Each is a volume by itself, and never a slice of another; its tiles are judged apart."""
    if len(kept) == 1:
        return Verdict(indices=kept, copies=copies)
    parameters: Parameters = {"count": len(kept), "found": "mosaic"}
    return Verdict((Reason(ErrorCode.SEVERAL_VOLUMES, parameters),))


def _is_one_missing(reasons: Sequence[Reason]) -> bool:
    """One slice and nothing else."""
    return [(reason.code, reason.parameters.get("count")) for reason in reasons] == [
        (ErrorCode.MISSING_SLICES, 1)
    ]


def _places(headers: Sequence[SliceHeader], indices: tuple[int, ...]) -> dict[int, int]:
    """Each image's place along the normal; a mosaic's is that of its first slice."""
    images = [headers[index] for index in indices]
    order = order_along_normal(positions_of(images), *directions_of(images[0]))
    numbers = places_along_normal(order)
    return {indices[index]: number for index, number in numbers.items()}


def _choose(volumes: Volumes, rule: VolumeRule) -> tuple[int, ...] | Reason:
    left = volumes.choose(rule)
    if len(left) == 1:
        return next(iter(left.values()))
    code = ErrorCode.SEVERAL_VOLUMES if left else ErrorCode.WANTED_VOLUME_ABSENT
    parameters: Parameters = {"found": volumes.describe()}
    if left:
        parameters = {"count": len(left), **parameters}
    return Reason(code, parameters)


def _kind(headers: Sequence[SliceHeader]) -> list[Reason]:
    reasons = []
    foreign = sorted({header.modality or "?" for header in headers} - {"MR"})
    if foreign or not headers:
        parameters = {"modality": ", ".join(foreign) or "?"}
        reasons.append(Reason(ErrorCode.WRONG_MODALITY, parameters))
    if any(header.is_localizer for header in headers):
        reasons.append(Reason(ErrorCode.LOCALIZER))
    if any(header.frames > 1 for header in headers):
        reasons.append(Reason(ErrorCode.MULTIFRAME_SERIES))
    return reasons


def _all_enhanced(headers: Sequence[SliceHeader]) -> bool:
    return all(header.sop_class_uid in ENHANCED_MR_SOP_CLASSES for header in headers)


def _presence(headers: Sequence[SliceHeader]) -> list[Reason]:
    headers = [header for header in headers if header.frames == 1]
    absent = {
        "ImagePositionPatient": [header.position_mm is None for header in headers],
        "ImageOrientationPatient": [
            header.row_direction is None or header.column_direction is None for header in headers
        ],
        "PixelSpacing": [header.pixel_spacing_mm is None for header in headers],
        "Rows, Columns": [header.size is None for header in headers],
    }
    reasons = [
        Reason(ErrorCode.MISSING_GEOMETRY, {"keyword": keyword, "count": sum(flags)})
        for keyword, flags in absent.items()
        if any(flags)
    ]
    if not all(header.frame_of_reference_uid for header in headers):
        reasons.append(Reason(ErrorCode.NO_FRAME_OF_REFERENCE))
    return reasons
