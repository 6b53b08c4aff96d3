"""Earlier results that a new one takes the place of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from segrelay_api.queue.models import SegmentationRequest
from segrelay_contract.leases import SupersededObject
from segrelay_contract.results import SegmentationResult
from segrelay_contract.status import RequestStatus

MOST_RESULTS = 8  # each names those before it

# What workers wrote before they told.
_USUAL_CLASSES = {"SEG": "1.2.840.10008.5.1.4.1.1.66.4", "SR": "1.2.840.10008.5.1.4.1.1.88.22"}


def note_superseded(requests: Sequence[SegmentationRequest]) -> None:
    """Gives each the SEGs and reports that other versions of its model left of the same series.

    Newest first; one query for all.
    """
    if not requests:
        return
    earlier: defaultdict[tuple[str, str], list[SegmentationRequest]] = defaultdict(list)
    for done in _completed({request.series_id for request in requests}):
        earlier[done.series_id, done.model].append(done)
    for request in requests:
        others = [
            done.result
            for done in earlier[request.series_id, request.model]
            if done.model_digest != request.model_digest
        ]
        request.superseded = tuple(
            stored for result in others[:MOST_RESULTS] for stored in _objects(result)
        )


def _completed(series_ids: set[str]) -> Iterator[SegmentationRequest]:
    completed = SegmentationRequest.objects.filter(
        series_id__in=series_ids, status=RequestStatus.COMPLETED, results_deleted=False
    )
    needed = completed.only("series_id", "model", "model_digest", "result")
    return iter(needed.order_by("-finished_at"))


def _objects(result: dict[str, Any] | None) -> Iterator[SupersededObject]:
    if "objects" not in (result or {}):  # the old protocol tells of none
        return
    for stored in SegmentationResult.model_validate(result).objects:
        if stored.kind != "SC":
            yield SupersededObject(
                kind=stored.kind,
                sop_class_uid=stored.sop_class_uid or _USUAL_CLASSES[stored.kind],
                sop_instance_uid=stored.sop_instance_uid,
                series_instance_uid=stored.series_instance_uid,
            )
