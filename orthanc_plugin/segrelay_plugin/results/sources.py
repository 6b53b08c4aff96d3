# SPDX-License-Identifier: AGPL-3.0-or-later
from dataclasses import dataclass, field

from segrelay_plugin.archive import Archive
from segrelay_plugin.errors import ResultRefusedError
from segrelay_plugin.results.result_object import ResultObject
from segrelay_plugin.results.superseding import MANUFACTURER
from segrelay_plugin.tickets.ticket import Ticket


@dataclass(frozen=True, slots=True)
class Sources:
    """What a request is about, in DICOM's own terms."""

    study_instance_uid: str
    patient_id: str = field(repr=False)
    series_uids: frozenset[str]  # of all inputs
    instance_uids: frozenset[str]


def read_sources(archive: Archive, ticket: Ticket) -> Sources:
    """What the ticket names, as the archive has it now.

    Raises:
        UnknownSeriesError, UnknownStudyError: it is gone.
        ArchiveError: Orthanc cannot say.
    """
    study = archive.study(ticket.study_id)
    return Sources(
        study_instance_uid=study.study_instance_uid,
        patient_id=study.patient_id.strip(" \0"),
        series_uids=frozenset(
            archive.series(series_id).series_instance_uid for series_id in ticket.series_ids
        ),
        instance_uids=frozenset(
            uid for series_id in ticket.series_ids for uid in archive.sop_instance_uids(series_id)
        ),
    )


def require_about(result: ResultObject, sources: Sources) -> None:
    """Compares whose result it is, and of which images.

    Raises:
        ResultRefusedError: it is somebody else's, or of nothing that was analysed.
    """
    if result.manufacturer != MANUFACTURER:
        raise ResultRefusedError("result_other_kind")
    if result.patient_id != sources.patient_id:
        raise ResultRefusedError("result_other_patient")
    if (result.references.studies | {result.study_instance_uid}) != {sources.study_instance_uid}:
        raise ResultRefusedError("result_other_study")
    if not result.references.instances & sources.instance_uids:
        raise ResultRefusedError("result_without_source")
