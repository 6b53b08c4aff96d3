"""The model that each example of the contract must fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from segrelay_contract.candidates import CandidatePage
from segrelay_contract.directory import FittingModelList, ModelList, WorkerList
from segrelay_contract.events import EventList, EventView
from segrelay_contract.health import Health
from segrelay_contract.leases import (
    ClaimAnswer,
    ClaimBody,
    ProgressAnswer,
    ProgressBody,
    ReleaseBody,
)
from segrelay_contract.mirrored_state import MirroredState
from segrelay_contract.orthanc_events import OrthancEvent, OrthancEventAnswer
from segrelay_contract.requests import (
    ErrorAnswer,
    RequestAnswer,
    RequestList,
    SegmentAnswer,
    SegmentBody,
    StatusAnswer,
    StudySegmentAnswer,
)
from segrelay_contract.results import CompletionBody
from segrelay_contract.tickets import TicketExample

MODELS: Mapping[str, TypeAdapter[Any]] = {
    "candidate-page": TypeAdapter(CandidatePage),
    "claim-answer": TypeAdapter(ClaimAnswer),
    "claim-body": TypeAdapter(ClaimBody),
    "completion-body-failure": TypeAdapter(CompletionBody),
    "completion-body-nothing-found": TypeAdapter(CompletionBody),
    "completion-body-old-failure": TypeAdapter(CompletionBody),
    "completion-body-old-success": TypeAdapter(CompletionBody),
    "completion-body-success": TypeAdapter(CompletionBody),
    "error-answer": TypeAdapter(ErrorAnswer),
    "error-answer-with-reasons": TypeAdapter(ErrorAnswer),
    "event": TypeAdapter(EventView),
    "event-list": TypeAdapter(EventList),
    "fitting-model-list": TypeAdapter(FittingModelList),
    "fitting-model-list-unsuitable": TypeAdapter(FittingModelList),
    "health": TypeAdapter(Health),
    "health-without-orthanc": TypeAdapter(Health),
    "mirrored-state": TypeAdapter(MirroredState),
    "model-list": TypeAdapter(ModelList),
    "orthanc-event-answer": TypeAdapter(OrthancEventAnswer),
    "progress-answer": TypeAdapter(ProgressAnswer),
    "progress-answer-after-cancel": TypeAdapter(ProgressAnswer),
    "progress-body": TypeAdapter(ProgressBody),
    "release-body": TypeAdapter(ReleaseBody),
    "request-answer-cancelled": TypeAdapter(RequestAnswer),
    "request-answer-completed": TypeAdapter(RequestAnswer),
    "request-answer-failed": TypeAdapter(RequestAnswer),
    "request-answer-pending": TypeAdapter(RequestAnswer),
    "request-list": TypeAdapter(RequestList),
    "segment-answer": TypeAdapter(SegmentAnswer),
    "segment-answer-known": TypeAdapter(SegmentAnswer),
    "segment-body": TypeAdapter(SegmentBody),
    "segment-body-several-inputs": TypeAdapter(SegmentBody),
    "result-stored-event": TypeAdapter(OrthancEvent),
    "series-deleted-event": TypeAdapter(OrthancEvent),
    "series-stable-event": TypeAdapter(OrthancEvent),
    "status-answer": TypeAdapter(StatusAnswer),
    "study-segment-answer": TypeAdapter(StudySegmentAnswer),
    "study-segment-answer-known": TypeAdapter(StudySegmentAnswer),
    "ticket": TypeAdapter(TicketExample),
    "worker-list": TypeAdapter(WorkerList),
}
