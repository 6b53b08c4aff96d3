from __future__ import annotations

from segrelay_api.queue.models import SegmentationRequest
from segrelay_contract.leases import InputSeries


def inputs_of(request: SegmentationRequest) -> tuple[InputSeries, ...]:
    """One series for each role of the model, the reference first; nobody names the only one."""
    if request.inputs:
        return tuple(InputSeries.model_validate(stored) for stored in request.inputs)
    return (
        InputSeries(
            role="",
            series_id=request.series_id,
            series_instance_uid=request.series_instance_uid,
            study_id=request.study_id,
            instances_digest=request.instances_digest,
        ),
    )
