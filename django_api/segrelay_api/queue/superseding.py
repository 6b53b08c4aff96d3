"""Earlier results that a new one takes the place of."""

from __future__ import annotations

from segrelay_api.queue.models import SegmentationRequest
from segrelay_contract.leases import SupersededObject
from segrelay_contract.results import SegmentationResult
from segrelay_contract.status import RequestStatus

MOST_RESULTS = 8  # each names those before it

# What workers wrote before they told.
_USUAL_CLASSES = {"SEG": "1.2.840.10008.5.1.4.1.1.66.4", "SR": "1.2.840.10008.5.1.4.1.1.88.22"}


def superseded_by(request: SegmentationRequest) -> tuple[SupersededObject, ...]:
    """SEGs and reports that other versions of its model left of the same series, newest first."""
    earlier = (
        SegmentationRequest.objects.filter(
            series_id=request.series_id,
            model=request.model,
            status=RequestStatus.COMPLETED,
            results_deleted=False,
        )
        .exclude(model_digest=request.model_digest)
        .order_by("-finished_at")
    )
    results = list(earlier.values_list("result", flat=True)[:MOST_RESULTS])
    return tuple(
        SupersededObject(
            kind=stored.kind,
            sop_class_uid=stored.sop_class_uid or _USUAL_CLASSES[stored.kind],
            sop_instance_uid=stored.sop_instance_uid,
            series_instance_uid=stored.series_instance_uid,
        )
        for result in results
        if "objects" in (result or {})  # the old protocol tells of none
        for stored in SegmentationResult.model_validate(result).objects
        if stored.kind != "SC"
    )
