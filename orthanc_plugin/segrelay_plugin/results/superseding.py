# SPDX-License-Identifier: AGPL-3.0-or-later
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from segrelay_plugin.archive import Archive, SeriesRecord
from segrelay_plugin.results.result_object import SUPERSEDED as PURPOSE
from segrelay_plugin.states.labels import SUPERSEDED as LABEL
from segrelay_plugin.tags import SUPERSEDED_BY

logger = logging.getLogger(__name__)

MANUFACTURER = "Segrelay"
Item = Mapping[str, Any]


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
            uid for tags in self._archive.instance_tags(series_id) for uid in superseded_uids(tags)
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


def superseded_uids(tags: Item) -> list[str]:
    """SOP Instance UIDs that a SEG or report of ours names as superseded."""
    of_seg = (item for item in _items(tags, "ReferencedImageSequence") if _purpose(item) == PURPOSE)
    of_report = (
        item
        for study in _items(tags, "PredecessorDocumentsSequence")
        for series in _items(study, "ReferencedSeriesSequence")
        for item in _items(series, "ReferencedSOPSequence")
    )
    return [str(item["ReferencedSOPInstanceUID"]) for item in (*of_seg, *of_report)]


def _items(holder: Item, keyword: str) -> Sequence[Item]:
    items: Sequence[Item] = holder.get(keyword) or ()
    return items


def _purpose(item: Item) -> tuple[object, object] | None:
    for code in _items(item, "PurposeOfReferenceCodeSequence"):
        return code.get("CodingSchemeDesignator"), code.get("CodeValue")
    return None
