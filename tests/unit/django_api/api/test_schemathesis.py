"""Generated calls, good and bad, of everything that openapi.json describes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from builders.found_by_calls import SERIES_ID, STATES, put_series, waiting
from builders.orthanc_answers import STUDY_ID, OrthancAnswers
from fakes.brief_reader import read_briefly
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from segrelay_api.accounts.permissions import may_call
from segrelay_api.accounts.principal import Principal, Role
from segrelay_api.api import requests, worker
from segrelay_api.api.root import describe
from segrelay_api.call_handler import CallHandler
from segrelay_api.queue.event_order import BEGINNING, Position

AnyCase = Case[APIOperation[Any, Any, Any, Any]]

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]

MAX_EXAMPLES = settings().max_examples // 5

description = describe()
schema = schemathesis.openapi.from_dict(description)
schema.app = read_briefly(CallHandler())
OPERATIONS = {
    described["operationId"]: schema[path][method]
    for path, methods in description["paths"].items()
    for method, described in methods.items()
}


@pytest.fixture
def tokens(settings: Settings) -> dict[Role, str]:
    known = settings.SEGRELAY
    return {
        Role.REQUESTER: known.requester_tokens["front end"],
        Role.WORKER: known.worker_tokens["lab1"],
        Role.PLUGIN: known.plugin_token,
    }


@pytest.fixture
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls may ask to be held; they are answered as after that time, but at once."""
    for module, name in ((worker, "claim_when_possible"), (requests, "wait_until_ended")):
        monkeypatch.setattr(module, name, at_once(getattr(module, name)))


def at_once(wait: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def wait_no_time(*args: Any, **more: Any) -> Any:
        return await wait(*args, **more | {"seconds": 0})

    return wait_no_time


@pytest.fixture
def known_series(transactional_db: None, orthanc: OrthancAnswers) -> None:
    put_series(orthanc)


@cache
def calls_of(route: str) -> st.SearchStrategy[AnyCase]:
    """As described, and not."""
    operation = OPERATIONS[route]
    return st.one_of([operation.as_strategy(generation_mode=mode) for mode in GenerationMode])


@pytest.mark.usefixtures("nobody_waits", "known_series")
@pytest.mark.parametrize("route", OPERATIONS)
@given(data=st.data())
@settings(
    max_examples=MAX_EXAMPLES,
    suppress_health_check=list(HealthCheck),  # of what schemathesis generates, some by the clock
)
def test_each_call_is_answered_as_described(
    data: st.DataObject, route: str, tokens: dict[Role, str]
) -> None:
    case = data.draw(calls_of(route))
    waiting(model="")
    lead_somewhere(case)
    token = next(token for role, token in tokens.items() if may_call(Principal("x", role), route))
    answer = case.call(headers={"Authorization": f"Bearer {token}"})
    case.validate_response(answer, checks=CHECKS)


def lead_somewhere(case: AnyCase) -> None:
    """Most generated ids and tokens lead to nothing; some are exchanged for those of something."""
    path = case.path_parameters
    if len(str(path.get("series_id", ""))) % 2:
        path["series_id"] = SERIES_ID
    if len(str(path.get("study_id", ""))) % 2:
        path["study_id"] = STUDY_ID
    if (number := uuid_in(path.get("request_id"))) is not None and number.int % 5:
        request = STATES[number.int % 5 - 1]()
        path["request_id"] = str(request.pk)
        if isinstance(case.body, dict) and isinstance(case.body.get("lease_token"), str):
            case.body["lease_token"] = request.lease_token or request.settled_token
    if case.path.endswith("/events/") and follows(case.headers.get("Last-Event-ID")):
        case.headers["Last-Event-ID"] = str(BEGINNING)  # something has happened since


def uuid_in(text: object) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None


def follows(last_event_id: str | None) -> bool:
    """Whether a stream begins, which would wait for ever if nothing happened after that."""
    try:
        return not last_event_id or bool(Position.parse(last_event_id))
    except ValueError:
        return False
