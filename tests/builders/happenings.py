from __future__ import annotations

from uuid import UUID, uuid4

from segrelay_api.queue.wakeups.happening import Happening


def happening(
    kind: str = "create", *, model: str = "brain", request_id: UUID | None = None, seq: int = 1
) -> Happening:
    """An event of a request of its own, unless one is named."""
    return Happening(
        request_id=request_id or uuid4(), seq=seq, kind=kind, model=model, worker_label=""
    )
