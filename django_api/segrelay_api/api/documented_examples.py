"""Which examples of the contract each call shows, written into the description of the API."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from segrelay_contract.examples import example

BODIES: Mapping[str, tuple[str, ...]] = {
    "segment_series": ("segment-body", "segment-body-several-inputs"),
    "segment_study": ("segment-body",),
    "claim": ("claim-body",),
    "update_status": ("progress-body",),
    "release": ("release-body",),
    "complete_request": (
        "completion-body-success",
        "completion-body-nothing-found",
        "completion-body-failure",
        "completion-body-old-success",
        "completion-body-old-failure",
    ),
    "orthanc_events": ("series-stable-event", "series-deleted-event", "result-stored-event"),
}

ANSWERS: Mapping[str, Mapping[int, tuple[str, ...]]] = {
    "segment_series": {200: ("segment-answer-known",), 202: ("segment-answer",)},
    "segment_study": {200: ("study-segment-answer-known",), 202: ("study-segment-answer",)},
    "cancel_request": {200: ("request-answer-cancelled",)},
    "retry_request": {200: ("request-answer-pending",)},
    "pending_requests": {200: ("request-list",)},
    "list_requests": {200: ("request-list",)},
    "show_request": {
        200: ("request-answer-pending", "request-answer-completed", "request-answer-failed")
    },
    "show_status": {200: ("status-answer",)},
    "request_events": {200: ("event-list",)},
    "claim": {200: ("claim-answer",)},
    "update_status": {200: ("progress-answer", "progress-answer-after-cancel")},
    "release": {200: ("request-answer-pending",)},
    "complete_request": {200: ("request-answer-completed", "request-answer-failed")},
    "orthanc_events": {200: ("orthanc-event-answer",)},
    "list_workers": {200: ("worker-list",)},
    "list_models": {200: ("model-list",)},
    "series_models": {200: ("fitting-model-list", "fitting-model-list-unsuitable")},
    "study_models": {200: ("fitting-model-list",)},
    "health": {200: ("health",), 503: ("health-without-orthanc",)},
}

SUMMARIES: Mapping[str, str] = {
    "claim-answer": "A request, leased for two minutes, with the ticket for Orthanc",
    "claim-body": "A worker with one model, ready to wait 25 s for work",
    "completion-body-failure": "The worker could not do it, and another try would not help",
    "completion-body-nothing-found": "The model marked no voxel",
    "completion-body-old-failure": "The old protocol: it failed",
    "completion-body-old-success": "The old protocol: a mask is stored",
    "completion-body-success": "The mask is stored",
    "event-list": "All that happened to a request until now",
    "fitting-model-list": "One model can be chosen; another lacks a series",
    "fitting-model-list-unsuitable": "The series can be segmented by no model",
    "health": "All is well",
    "health-without-orthanc": "Orthanc does not answer",
    "model-list": "One model, offered by two workers",
    "orthanc-event-answer": "The event is taken",
    "progress-answer": "The lease is renewed, and the ticket with it",
    "progress-answer-after-cancel": "Somebody cancelled it: stop",
    "progress-body": "The model has done 40 %",
    "release-body": "The worker gives it back",
    "request-answer-cancelled": "Nobody wants it any more",
    "request-answer-completed": "A mask was stored",
    "request-answer-failed": "The series could not be read",
    "request-answer-pending": "It waits for a worker",
    "request-list": "One request that waits",
    "segment-answer": "A new request",
    "segment-answer-known": "An earlier request did the same work, and has its result",
    "segment-body": "Each field there is; all of them may be left out",
    "segment-body-several-inputs": "A model with two roles, its series named",
    "series-deleted-event": "A series, maybe a result, was deleted",
    "result-stored-event": "A part of a result is in the archive",
    "series-stable-event": "A series has arrived whole",
    "status-answer": "A mask was stored",
    "study-segment-answer": "A new request",
    "study-segment-answer-known": "An earlier request did the same work, and has its result",
    "worker-list": "One worker",
}

STREAMS = ("all_events", "request_events")


def document_examples(description: dict[str, Any]) -> None:
    """Adds to each operation what is sent to it and what it answers when all goes well."""
    for path in description["paths"].values():
        for operation in path.values():
            route = operation["operationId"]
            if route in BODIES:
                _add(operation["requestBody"], BODIES[route])
            for status, names in ANSWERS.get(route, {}).items():
                _add(operation["responses"][status], names)
            if route in STREAMS:
                content = operation["responses"][200]["content"]["text/event-stream"]
                value = {"id": "0-17", "data": json.dumps(example("event"))}
                content["examples"] = {"event": {"summary": "One event", "value": value}}


def _add(part: dict[str, Any], names: Iterable[str]) -> None:
    part["content"]["application/json"]["examples"] = {
        name: {"summary": SUMMARIES[name], "value": example(name)} for name in names
    }
