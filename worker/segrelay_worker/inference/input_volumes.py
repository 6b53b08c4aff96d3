"""The series of a request → one volume for each role of the model, all on the grid of the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.series_rules.extent import Extent, extent_of_grid
from segrelay_contract.series_rules.identity import digest_instances
from segrelay_contract.series_rules.inputs import InputPlace, judge_inputs
from segrelay_contract.warning_codes import Mended, WarningCode
from segrelay_worker.errors import PermanentError
from segrelay_worker.inference.input_folder import InputFolder
from segrelay_worker.inference.resampling import Resampled, onto_grid
from segrelay_worker.segmenters.manifest import InputSection
from segrelay_worker.series_volume.assembly import assemble_volume
from segrelay_worker.series_volume.decoding import read_series
from segrelay_worker.series_volume.volume import SeriesVolume

MENTIONED_BELOW = 0.99  # of the reference; a rim that an input misses is no news


@dataclass(frozen=True)
class InputVolumes:
    """What a model is to see; `others` by role, each as its series is stored.

    `channels_czyx` holds the values of all roles in their order, on the grid of the reference,
    which is the first.
    """

    reference: SeriesVolume
    others: Mapping[str, SeriesVolume]
    channels_czyx: NDArray[np.float32]
    warnings: tuple[Mended, ...]


def read_inputs(folders: Sequence[InputFolder], wanted: InputSection) -> InputVolumes:
    """Raises PermanentError with the code that tells why these are no inputs of the model."""
    volumes = {
        role: _volume(folder, wanted)
        for role, folder in zip(wanted.roles, _in_order(folders, wanted.roles), strict=True)
    }
    _require_one_place(volumes, wanted)
    return _on_one_grid(volumes)


def _in_order(folders: Sequence[InputFolder], roles: Sequence[str]) -> list[InputFolder]:
    """One that nobody named is good for a model with one role only."""
    if len(roles) == len(folders) == 1 and not folders[0].role:
        return list(folders)
    by_role = {folder.role: folder for folder in folders}
    for role in roles:
        if role not in by_role:
            raise PermanentError(ErrorCode.ROLE_MISSING, {"role": role})
    return [by_role[role] for role in roles]


def _volume(folder: InputFolder, wanted: InputSection) -> SeriesVolume:
    try:
        datasets = read_series(folder.folder)
        _require_asked_about(datasets, folder.instances_digest)
        return assemble_volume(datasets, wanted.volume_rule)
    except PermanentError as error:
        if len(wanted.roles) == 1:
            raise
        raise _of_role(folder.role, error) from error


def _of_role(role: str, error: PermanentError) -> PermanentError:
    """Sentences say "this series"; the operator is told which of several."""
    detail = f"the {role} series{': ' if error.detail else ''}{error.detail}"
    return PermanentError(error.code, error.parameters, detail=detail)


def _require_asked_about(datasets: Sequence[Dataset], instances_digest: str | None) -> None:
    """A series that grew since would give a result for images that nobody asked about."""
    found = digest_instances(str(dataset.SOPInstanceUID) for dataset in datasets)
    if instances_digest is not None and found != instances_digest:
        raise PermanentError(ErrorCode.SERIES_CHANGED)


def _require_one_place(volumes: Mapping[str, SeriesVolume], wanted: InputSection) -> None:
    places = [
        InputPlace(role, str(volume.datasets[0].FrameOfReferenceUID), _extent(volume))
        for role, volume in volumes.items()
    ]
    allowed = wanted.allow_different_frames_of_reference
    for reason in judge_inputs(places, allow_different_frames=allowed):
        raise PermanentError(reason.code, reason.parameters)


def _extent(volume: SeriesVolume) -> Extent:
    slice_step, row_step, column_step, first = volume.affine_zyx_to_lps[:3].T.tolist()
    slices, rows, columns = volume.array_zyx.shape
    return extent_of_grid(
        tuple(first),
        (tuple(slice_step), tuple(row_step), tuple(column_step)),
        (slices, rows, columns),
    )


def _partly_covered(role: str, reference_role: str, resampled: Resampled) -> Mended:
    percent = int(100 * resampled.covered)
    return Mended(
        WarningCode.INPUT_COVERS_PART,
        {"role": role, "reference": reference_role, "percent": percent},
    )


def _on_one_grid(volumes: Mapping[str, SeriesVolume]) -> InputVolumes:
    (reference_role, reference), *others = volumes.items()
    channels = [reference.array_zyx]
    warnings = [*reference.warnings]
    for role, volume in others:
        resampled = onto_grid(volume, reference)
        channels.append(resampled.array_zyx)
        warnings += volume.warnings
        if resampled.covered < MENTIONED_BELOW:
            warnings.append(_partly_covered(role, reference_role, resampled))
    return InputVolumes(
        reference=reference,
        others=dict(others),
        # A view where there is one: a large series need not lie in memory twice.
        channels_czyx=np.stack(channels) if others else reference.array_zyx[np.newaxis],
        warnings=tuple(warnings),
    )
