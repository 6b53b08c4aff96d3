"""Checks a series in Orthanc before a request is made, from headers alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from segrelay_api.archive.errors import UnsuitableSeriesError
from segrelay_api.archive.header_reading import read_headers
from segrelay_api.archive.orthanc_client import OrthancClient
from segrelay_api.archive.series import SeriesIdentity
from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.series_rules.extent import extent_of_slices
from segrelay_contract.series_rules.frames import frame_rows
from segrelay_contract.series_rules.headers import SliceHeader
from segrelay_contract.series_rules.identity import digest_instances
from segrelay_contract.series_rules.inputs import InputPlace, judge_inputs
from segrelay_contract.series_rules.reason import Reason
from segrelay_contract.series_rules.verdict import Verdict, judge_series
from segrelay_contract.series_rules.volumes import VolumeRule


@dataclass(frozen=True)
class FoundSeries:
    """A series as Orthanc holds it now; one header for each image or frame."""

    identity: SeriesIdentity
    headers: tuple[SliceHeader, ...]


async def find_series(orthanc: OrthancClient, identifier: str) -> FoundSeries:
    """Raises UnknownSeriesError or OrthancUnreachableError."""
    series_id = await orthanc.series_id_of(identifier)
    rows = await read_headers(orthanc, series_id)
    series = await orthanc.json(f"/series/{quote(series_id, safe='')}")
    study = await orthanc.json(f"/studies/{series['ParentStudy']}")
    identity = SeriesIdentity(
        series_id=series["ID"],
        series_instance_uid=series["MainDicomTags"]["SeriesInstanceUID"],
        study_id=series["ParentStudy"],
        study_instance_uid=study["MainDicomTags"]["StudyInstanceUID"],
        instances_digest=digest_instances(str(row["SOPInstanceUID"]) for row in rows),
    )
    images = [frame for row in rows for frame in frame_rows(row)]
    return FoundSeries(identity, tuple(SliceHeader.from_tags(image) for image in images))


def require_usable(
    inputs: Mapping[str, FoundSeries], *, rules: Sequence[VolumeRule], allow_different_frames: bool
) -> None:
    """One series for each role of a model, the reference first: are they volumes of one place?

    `rules` are those of all who offer the model: it is enough that one of them takes a series.
    Raises UnsuitableSeriesError with every reason.
    """
    reasons = []
    places = []
    for role, series in inputs.items():
        verdict = best_verdict(series, rules)
        own = [*_other_study(role, inputs), *verdict.reasons]
        if own and len(inputs) > 1:
            own.insert(0, Reason(ErrorCode.UNSUITABLE_INPUT, {"role": role}))
        reasons += own
        if not own:
            places.append(_place(role, [series.headers[index] for index in verdict.indices]))
    if not reasons:
        reasons += judge_inputs(places, allow_different_frames=allow_different_frames)
    if reasons:
        raise UnsuitableSeriesError(tuple(reasons))


def best_verdict(series: FoundSeries, rules: Sequence[VolumeRule]) -> Verdict:
    """The first without reasons, else that of the first rule."""
    verdicts = [judge_series(series.headers, rule) for rule in rules]
    return next((verdict for verdict in verdicts if not verdict.reasons), verdicts[0])


def _other_study(role: str, inputs: Mapping[str, FoundSeries]) -> list[Reason]:
    reference = next(iter(inputs.values()))
    if inputs[role].identity.study_id == reference.identity.study_id:
        return []
    return [Reason(ErrorCode.OTHER_STUDY, {"role": role})]


def _place(role: str, slices: Sequence[SliceHeader]) -> InputPlace:
    return InputPlace(role, slices[0].frame_of_reference_uid, extent_of_slices(slices))
