"""What a front end asks for and what it is shown."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from segrelay_contract.leases import InputSeries, Name, Probability
from segrelay_contract.payload import Payload
from segrelay_contract.results import OldResult, ShownResult
from segrelay_contract.status import Outcome, RequestStatus, Stage


class Priority(StrEnum):
    """How long a request may wait behind later ones."""

    URGENT = "urgent"  # due at once
    ROUTINE = "routine"  # due in 10 minutes
    BACKGROUND = "background"  # due in 2 hours


WorkerLabel = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,63}=[A-Za-z0-9_.-]{1,63}$")]


class SegmentBody(Payload):
    """A press on "AI analysis"; everything has a default."""

    model: Name | None = None
    threshold: Probability | None = None
    priority: Priority = Priority.ROUTINE
    force: bool = False  # once more, although the result is there
    worker_label: WorkerLabel | None = None  # only workers that carry this label
    # By role, or one for each role in the model's order; else as the tagging found them.
    sequence_series_ids: dict[Name, Name] | tuple[Name, ...] = ()


class WaitingReason(StrEnum):
    """The obstacle that has to go first."""

    NO_WORKER_ONLINE = "no_worker_online"  # nobody has claimed lately
    NO_WORKER_OFFERS_MODEL = "no_worker_offers_model"  # somebody is there, without this model
    NO_WORKER_HAS_MEMORY = "no_worker_has_memory"  # the model is there, on devices too small
    MODEL_QUARANTINED = "model_quarantined"  # the model is there, but crashed again and again
    NO_WORKER_HAS_LABEL = "no_worker_has_label"  # the model is there, elsewhere
    REQUESTS_AHEAD = "requests_ahead"  # others are due earlier
    WORKER = "worker"  # the next free worker takes it


class WaitingFor(Payload):
    """Why a pending request is not being worked on."""

    reason: WaitingReason
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
    inputs: tuple[InputSeries, ...]  # for each role of the model, the series above first
    model: str | None
    threshold: float | None
    priority: Priority
    worker_label: str | None
    run: int
    status: RequestStatus
    stage: Stage | None
    progress: float
    outcome: Outcome | None
    outdated: bool  # a series that it is about has other images by now
    problem: Problem | None
    attempt: int
    worker: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    position: int | None
    eta_seconds: float | None  # until its result is there
    waiting_for: WaitingFor | None
    seg_instance_id: str | None
    result: ShownResult | None
    old_result: OldResult | None  # of a worker of the old protocol


class SegmentAnswer(Payload):
    """What a press gets: the new request, or the one that already does the same work."""

    success: Literal[True] = True
    request_id: UUID
    status: RequestStatus
    deduplicated: bool
    position: int | None
    eta_seconds: float | None
    waiting_for: WaitingFor | None
    problem: Problem | None  # why it failed, if it has
    result: ShownResult | None  # what came out, if it has ended


class StudySegmentAnswer(Payload):
    """One answer for each model that the study can feed."""

    success: Literal[True] = True
    requests: tuple[SegmentAnswer, ...]


class RequestList(Payload):
    """Requests, newest first, or in claiming order for those that wait."""

    success: Literal[True] = True
    count: int  # of all that match, also on other pages
    count_is_exact: bool  # false: so many were counted, and there are more
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
    result: ShownResult | None


class ErrorAnswer(Payload):
    """Every error has this form."""

    success: Literal[False] = False
    code: str
    error: str
    reasons: tuple[Problem, ...] | None = None
