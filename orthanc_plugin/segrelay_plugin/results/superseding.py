# SPDX-License-Identifier: AGPL-3.0-or-later
import logging
from contextlib import suppress

from segrelay_plugin.archive import Archive, SeriesRecord
from segrelay_plugin.errors import UnknownSeriesError
from segrelay_plugin.results.result_object import SUPERSEDED as PURPOSE
from segrelay_plugin.states.labels import SUPERSEDED as LABEL
from segrelay_plugin.tags import SUPERSEDED_BY

logger = logging.getLogger(__name__)

MANUFACTURER = "Segrelay"


class Superseding:
    """Marks results in Orthanc whose place a newer one takes, as the newer one itself says.

    For one thread.
    """

    def __init__(self, *, archive: Archive) -> None:
        self._archive = archive
        self._earlier: dict[str, set[str]] = {}  # marked results by the newer one, as far as seen

    def mark_superseded(self, *, series_id: str) -> None:
        """Looks at one series that stopped growing."""
        record = self._archive.series(series_id)
        if _is_result(record):
            self._mark_what_it_supersedes(record)

    def take_back(self, *, newer_id: str) -> None:
        """Unmarks what a series superseded that was deleted, unless another one supersedes it."""
        earlier = self._earlier.get(newer_id, set())
        for series_id in [one for one in earlier if self._unmark(one, by=newer_id)]:
            with suppress(UnknownSeriesError):
                self.mark_superseded(series_id=series_id)
        self._earlier.pop(newer_id, None)

    def catch_up_with(self, record: SeriesRecord) -> None:
        """Does for one series what was missed while Orthanc was down."""
        if not _is_result(record):
            return
        newer_id = self._newer_of(record.series_id)
        if newer_id is not None:
            self._note(record.series_id, by=newer_id)
            if self._is_gone(newer_id):
                self.take_back(newer_id=newer_id)
        self._mark_what_it_supersedes(record)

    def _mark_what_it_supersedes(self, record: SeriesRecord) -> None:
        series_id = record.series_id
        named = [
            uid
            for instance_id in self._archive.instance_ids(series_id)
            for uid in superseded_uids(self._archive, instance_id, record.modality)
        ]
        for earlier_id in self._archive.series_of_instances(named):
            # What came by C-STORE may say anything, also of images and of other patients.
            earlier = self._archive.series(earlier_id)
            if earlier.manufacturer == MANUFACTURER and earlier.study_id == record.study_id:
                self._mark(earlier_id, by=series_id)

    def _mark(self, earlier_id: str, *, by: str) -> None:
        self._note(earlier_id, by=by)
        self._archive.put_metadata(earlier_id, SUPERSEDED_BY, by)
        if self._archive.has_labels:
            self._archive.add_label(earlier_id, LABEL)
        logger.info("superseded series=%s by=%s", earlier_id, by)

    def _unmark(self, earlier_id: str, *, by: str) -> bool:
        """Whether it was marked so; the metadata go last, as they stand for the whole."""
        if self._newer_of(earlier_id) != by:
            return False
        if self._archive.has_labels and LABEL in self._archive.labels(earlier_id):
            self._archive.remove_label(earlier_id, LABEL)
        self._archive.remove_metadata(earlier_id, SUPERSEDED_BY)
        logger.info("no_longer_superseded series=%s by=%s", earlier_id, by)
        return True

    def _note(self, earlier_id: str, *, by: str) -> None:
        self._earlier.setdefault(by, set()).add(earlier_id)

    def _newer_of(self, series_id: str) -> str | None:
        try:
            return self._archive.metadata(series_id).get(SUPERSEDED_BY)
        except UnknownSeriesError:
            return None

    def _is_gone(self, series_id: str) -> bool:
        try:
            self._archive.series(series_id)
        except UnknownSeriesError:
            return True
        return False


def _is_result(record: SeriesRecord) -> bool:
    """Whether a series is a SEG or a report of ours; only these say what they supersede."""
    return record.modality in {"SEG", "SR"} and record.manufacturer == MANUFACTURER


def superseded_uids(archive: Archive, instance_id: str, modality: str) -> list[str]:
    """SOP Instance UIDs that a SEG or report of ours names as superseded.

    Only what says it is read: the whole header of a SEG may be 10 MB of text, and while Orthanc
    writes it, nothing else of Python runs.
    """
    of_modality = _predecessors if modality == "SR" else _superseded_images
    uids = (
        archive.header_text(item, "ReferencedSOPInstanceUID")
        for item in of_modality(archive, instance_id)
    )
    return list(filter(None, uids))


def _predecessors(archive: Archive, instance_id: str) -> list[str]:
    return archive.header_items(
        instance_id,
        "PredecessorDocumentsSequence",
        "ReferencedSeriesSequence",
        "ReferencedSOPSequence",
    )


def _superseded_images(archive: Archive, instance_id: str) -> list[str]:
    items = archive.header_items(instance_id, "ReferencedImageSequence")
    return [item for item in items if _purpose(archive, item) == PURPOSE]


def _purpose(archive: Archive, item: str) -> tuple[str, str]:
    code = f"{item}/PurposeOfReferenceCodeSequence/0"
    scheme = archive.header_text(code, "CodingSchemeDesignator")
    return scheme, archive.header_text(code, "CodeValue")
