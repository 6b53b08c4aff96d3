# SPDX-License-Identifier: AGPL-3.0-or-later
import logging

from segrelay_plugin.archive import Archive, SeriesRecord
from segrelay_plugin.results.result_object import SUPERSEDED as PURPOSE
from segrelay_plugin.states.labels import SUPERSEDED as LABEL
from segrelay_plugin.tags import SUPERSEDED_BY

logger = logging.getLogger(__name__)

MANUFACTURER = "Segrelay"


class Superseding:
    """Marks results in Orthanc whose place a newer one takes, as the newer one itself says."""

    def __init__(self, *, archive: Archive) -> None:
        self._archive = archive

    def mark_superseded(self, *, series_id: str) -> None:
        """Looks at one series that stopped growing."""
        self.mark_what_it_supersedes(self._archive.series(series_id))

    def mark_what_it_supersedes(self, record: SeriesRecord) -> None:
        """Only SEGs and reports of ours say anything."""
        if not _is_result(record):
            return
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
        self._archive.put_metadata(earlier_id, SUPERSEDED_BY, by)
        if self._archive.has_labels:
            self._archive.add_label(earlier_id, LABEL)
        logger.info("superseded series=%s by=%s", earlier_id, by)


def _is_result(record: SeriesRecord) -> bool:
    """Whether a series is a SEG or a report of ours."""
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
