# SPDX-License-Identifier: AGPL-3.0-or-later
from collections.abc import Iterable

from segrelay_plugin.archive import Archive, SeriesRecord
from segrelay_plugin.errors import ResultRefusedError
from segrelay_plugin.results.links import request_of_result
from segrelay_plugin.results.result_object import ResultObject
from segrelay_plugin.results.sources import Sources
from segrelay_plugin.results.superseding import MANUFACTURER
from segrelay_plugin.tickets.ticket import Ticket

MOST_FURTHER_REFERENCES = 50  # to other results; the worker names a few


class ResultPlace:
    """Looks whether a result may lie where it wants to, and refer to what it does."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def require_references(self, result: ResultObject, sources: Sources, ticket: Ticket) -> None:
        """Everything that it names is an input, or an earlier result of ours in the same study.

        Raises:
            ResultRefusedError: it names something else.
            ArchiveError: Orthanc cannot say.
        """
        further = result.references.instances - sources.instance_uids
        superseded = result.references.superseded
        if len(further) + len(superseded) > MOST_FURTHER_REFERENCES:
            raise ResultRefusedError("result_foreign_reference")
        uids = set(sources.series_uids)
        for uid in further:
            ours = self._series_of(uid)
            if not ours:  # an earlier result may be gone; what this one is about may not
                raise ResultRefusedError("result_foreign_reference")
            self._require_ours(ours, ticket, "result_foreign_reference")
            uids |= {record.series_instance_uid for record in ours}
        for uid in superseded:
            self._require_ours(self._series_of(uid), ticket, "result_foreign_reference")
        if not result.references.series <= uids:
            raise ResultRefusedError("result_foreign_reference")

    def stored_instance(self, result: ResultObject, ticket: Ticket) -> str | None:
        """Orthanc's id of the object of this identity; None if there is none yet.

        Raises:
            ResultRefusedError: its identity, or its series', is that of something else.
            ArchiveError: Orthanc cannot say.
        """
        series = [self._archive.series(one) for one in self._ids(result, "Series")]
        self._require_ours(series, ticket, "result_identity_taken")
        instance_ids = self._ids(result, "Instance")
        places = {self._archive.series_of_instance(one) for one in instance_ids}
        if not places <= {record.series_id for record in series}:
            raise ResultRefusedError("result_identity_taken")
        if not instance_ids:
            self._require_own(series, ticket)
            return None
        return instance_ids[0]

    def _require_own(self, series: Iterable[SeriesRecord], ticket: Ticket) -> None:
        """Another request's series gets nothing added."""
        for record in series:
            if request_of_result(self._archive, record.series_id) != ticket.request_id:
                raise ResultRefusedError("result_identity_taken")

    def _ids(self, result: ResultObject, level: str) -> list[str]:
        is_series = level == "Series"
        uid = result.series_instance_uid if is_series else result.sop_instance_uid
        return self._archive.ids_of(uid, level=level)

    def _series_of(self, sop_instance_uid: str) -> list[SeriesRecord]:
        series_ids = self._archive.series_of_instances([sop_instance_uid])
        return [self._archive.series(series_id) for series_id in series_ids]

    def _require_ours(self, series: Iterable[SeriesRecord], ticket: Ticket, code: str) -> None:
        for record in series:
            if record.manufacturer != MANUFACTURER or record.study_id != ticket.study_id:
                raise ResultRefusedError(code)
