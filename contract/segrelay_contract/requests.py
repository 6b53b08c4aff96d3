"""What a front end asks for and what it is shown."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from segrelay_contract.leases import Name, Probability
from segrelay_contract.payload import Payload
from segrelay_contract.results import SegmentationResult
from segrelay_contract.status import Outcome, RequestStatus, Stage


class Priority(StrEnum):
    """How long a request may wait behind later ones."""

    URGENT = "urgent"  # due at once
    ROUTINE = "routine"  # due in 10 minutes
    BACKGROUND = "background"  # due in 2 hours


class SegmentBody(Payload):
    """A press on "AI analysis"; everything has a default."""

    model: Name | None = None
    threshold: Probability | None = None
    priority: Priority = Priority.ROUTINE


class WaitingFor(Payload):
    """Why a pending request is not being worked on."""

    reason: Literal["no_worker_online", "no_worker_offers_model", "requests_ahead", "worker"]
    requests_ahead: int = 0


class Problem(Payload):
    """One error as shown to people: the code for machines, the sentence in their language."""

    code: str
    error: str


class RequestView(Payload):
    """One request as everybody with read sees it."""

    request_id: UUID
    series_id: str
    series_instance_uid: str
    study_id: str
    study_instance_uid: str
    model: str | None
    threshold: float | None
    priority: Priority
    status: RequestStatus
    stage: Stage | None
    progress: float
    outcome: Outcome | None
    problem: Problem | None
    attempt: int
    worker: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    position: int | None
    eta_seconds: float | None
    waiting_for: WaitingFor | None
    seg_instance_id: str | None
    result: SegmentationResult | None


class SegmentAnswer(Payload):
    """What a press gets: the new request, or the one that already does the same work."""

    success: Literal[True] = True
    request_id: UUID
    status: RequestStatus
    deduplicated: bool
    position: int | None
    eta_seconds: float | None
    waiting_for: WaitingFor | None


class RequestList(Payload):
    """Requests, newest first, or in claiming order for those that wait."""

    success: Literal[True] = True
    count: int
    requests: tuple[RequestView, ...]


class RequestAnswer(Payload):
    """One request in full."""

    success: Literal[True] = True
    request: RequestView


class StatusAnswer(Payload):
    """One request in short."""

    success: Literal[True] = True
    request_id: UUID
    status: RequestStatus
    result: SegmentationResult | None


class ErrorAnswer(Payload):
    """Every error has this form."""

    success: Literal[False] = False
    code: str
    error: str
    reasons: tuple[Problem, ...] | None = None
