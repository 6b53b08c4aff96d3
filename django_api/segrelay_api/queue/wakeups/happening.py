from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from segrelay_api.queue.models import SegmentationRequest
from segrelay_contract.payload import Payload
from segrelay_contract.status import TRANSITIONS, RequestStatus, is_final

CREATE = "create"
HASTEN = "hasten"  # who came by while its row was locked saw no work
_STATUS_AFTER: Mapping[str, RequestStatus] = {
    CREATE: RequestStatus.PENDING,
    HASTEN: RequestStatus.PENDING,
    **{transition.value: rule.target for transition, rule in TRANSITIONS.items()},
}


class Happening(Payload):
    """An event that was committed, as far as those who wait care about it."""

    request_id: UUID
    seq: int
    kind: str
    model: str  # empty: any that a worker offers
    worker_label: str  # empty: any worker

    @property
    def makes_work(self) -> bool:
        """Whether a worker can claim the request from now on."""
        return _STATUS_AFTER.get(self.kind) == RequestStatus.PENDING

    @property
    def is_an_end(self) -> bool:
        """Whether no worker will touch the request again."""
        status = _STATUS_AFTER.get(self.kind)
        return status is not None and is_final(status)


def happening_of(request: SegmentationRequest, *, kind: str) -> Happening:
    """For the latest event of a request."""
    return Happening(
        request_id=request.pk,
        seq=request.event_count,
        kind=kind,
        model=request.model,
        worker_label=request.worker_label,
    )
