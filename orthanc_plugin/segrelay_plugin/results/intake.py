# SPDX-License-Identifier: AGPL-3.0-or-later
import logging
import uuid
from dataclasses import dataclass

from segrelay_plugin.archive import Archive, StoredInstance
from segrelay_plugin.errors import ResultRefusedError
from segrelay_plugin.events import ResultStored
from segrelay_plugin.outbox import Outbox
from segrelay_plugin.results.dicom_reader import DicomReader
from segrelay_plugin.results.links import ResultLinks
from segrelay_plugin.results.place import ResultPlace
from segrelay_plugin.results.result_object import ResultObject, read_result
from segrelay_plugin.results.sources import Sources, read_sources, require_about
from segrelay_plugin.tickets.ticket import Ticket

logger = logging.getLogger(__name__)

EVENTS = uuid.UUID("7c0e6f0a-94b2-4f0e-8a53-0f1f5b6f2c11")  # names of events are made within it
ALREADY_STORED = "AlreadyStored"
STORED = frozenset({"Success", ALREADY_STORED})


@dataclass(frozen=True, slots=True)
class ResultIntake:
    """Takes what a worker made: checks it, stores it, links it, and notes that Django must hear."""

    archive: Archive
    reader: DicomReader
    place: ResultPlace
    links: ResultLinks
    outbox: Outbox

    def take(self, ticket: Ticket, content: bytes) -> StoredInstance:
        """Stores one DICOM file, unless it is there; what follows is done in any case.

        A crash after the store costs nothing: the worker hands it in again.

        Raises:
            ResultRefusedError: it is no result of this ticket's request.
            UnknownSeriesError, UnknownStudyError: its source is gone.
            ArchiveError: Orthanc did not store it, or cannot say whether it may.
        """
        result = read_result(self.reader.tags(content))
        sources = read_sources(self.archive, ticket)
        self._require_allowed(result, sources, ticket)
        # Asked first, and not left to Orthanc: it may be told to replace what it has.
        instance_id = self.place.stored_instance(result, ticket)
        if instance_id is None:
            stored = self._store(content)
        else:
            stored = self._found(instance_id)
            result = self._as_stored(instance_id, sources, ticket)
        self.links.link(ticket=ticket, kind=result.kind, series_id=stored.series_id)
        self.outbox.add(_event(ticket, result, stored))
        _log(ticket, result, stored)
        return stored

    def _require_allowed(self, result: ResultObject, sources: Sources, ticket: Ticket) -> None:
        require_about(result, sources)
        self.place.require_references(result, sources, ticket)

    def _store(self, content: bytes) -> StoredInstance:
        stored = self.archive.store(content)
        if stored.status not in STORED:
            raise ResultRefusedError("result_filtered")
        return stored

    def _found(self, instance_id: str) -> StoredInstance:
        series_id = self.archive.series_of_instance(instance_id)
        return StoredInstance(ALREADY_STORED, instance_id, series_id)

    def _as_stored(self, instance_id: str, sources: Sources, ticket: Ticket) -> ResultObject:
        """What is reported is what lies there, and it has to be about the same sources."""
        result = read_result(self.reader.tags(self.archive.file(instance_id)))
        self._require_allowed(result, sources, ticket)
        return result


def _event(ticket: Ticket, result: ResultObject, stored: StoredInstance) -> ResultStored:
    name = f"{ticket.request_id}/{ticket.attempt}/{stored.instance_id}"
    return ResultStored(
        series_id=ticket.series_ids[0],
        request_id=ticket.request_id,
        attempt=ticket.attempt,
        kind=result.kind,
        sop_class_uid=result.sop_class_uid,
        sop_instance_uid=result.sop_instance_uid,
        series_instance_uid=result.series_instance_uid,
        orthanc_id=stored.instance_id,
        orthanc_series_id=stored.series_id,
        result=result.reported,
        event_id=str(uuid.uuid5(EVENTS, name)),
    )


def _log(ticket: Ticket, result: ResultObject, stored: StoredInstance) -> None:
    logger.info(
        "result_stored request_id=%s attempt=%d kind=%s series_id=%s status=%s",
        ticket.request_id,
        ticket.attempt,
        result.kind,
        stored.series_id,
        stored.status,
    )
