from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any
from uuid import UUID

import jsonschema_rs
import pytest
from django.test import AsyncClient

from segrelay_api.accounts.permissions import ROUTES
from segrelay_api.api.documented_errors import OWN
from segrelay_api.api.documented_examples import ANSWERS, BODIES, SUMMARIES
from segrelay_api.api.errors import HTTP_STATUS
from segrelay_contract import paths
from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.examples import names
from segrelay_contract.requests import ErrorAnswer

pytestmark = pytest.mark.django_db(transaction=True)

NOT_DESCRIBED = {"openapi-json", "api-root"}
NIL = UUID(int=0)
SHOWN_OTHERWISE = {"event", "error-answer", "error-answer-with-reasons"}
OF_NO_CALL = {"candidate-page", "mirrored-state", "ticket"}
GOOD = {"200", "202", "204"}
PAGES = {"series_page", "request_picture", "sign_in", "sign_out"}


@pytest.fixture
async def description(caller: Callable[..., AsyncClient]) -> dict[str, Any]:
    answer = await caller("front end").get("/api/mri/segmentation/openapi.json")
    assert answer.status_code == 200
    document: dict[str, Any] = answer.json()
    return document


def operations(description: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in description["paths"].items():
        for operation in methods.values():
            yield path, operation


def test_every_route_is_described_with_its_errors(description: dict[str, Any]) -> None:
    described = {operation["operationId"] for _, operation in operations(description)}
    assert described == set(ROUTES) - NOT_DESCRIBED - PAGES
    assert described - {"health"} == set(OWN)


def test_every_call_for_one_request_says_that_it_may_be_unknown(
    description: dict[str, Any],
) -> None:
    for path, operation in operations(description):
        assert ("404" in operation["responses"]) == ("_id}" in path), path


def test_each_example_of_an_error_stands_under_its_status_in_the_form_of_all_errors(
    description: dict[str, Any],
) -> None:
    assert "reasons" in description["components"]["schemas"]["ErrorAnswer"]["properties"]
    seen = set()
    calls = {operation["operationId"]: operation for _, operation in operations(description)}
    for operation in (calls[route] for route in OWN):
        for status in set(operation["responses"]) - GOOD:
            examples = operation["responses"][status]["content"]["application/json"]["examples"]
            for code, example in examples.items():
                assert ErrorAnswer.model_validate(example["value"]).code == code
                assert HTTP_STATUS[ErrorCode(code)] == int(status)
                seen.add(code)
    assert seen == set(HTTP_STATUS) - {ErrorCode.WRONG_METHOD}  # no call that there is


def test_each_body_and_each_answer_has_examples_that_its_schema_accepts(
    description: dict[str, Any],
) -> None:
    for path, operation in operations(description):
        for part in (operation.get("requestBody", {}), *operation["responses"].values()):
            for media_type, content in part.get("content", {}).items():
                assert content["examples"], f"{path} {media_type}"
                schema = {**content["schema"], "components": description["components"]}
                for example in content["examples"].values():
                    jsonschema_rs.validate(schema, example["value"], validate_formats=True)


def test_every_example_of_the_contract_is_shown_and_says_what_it_is() -> None:
    answers = chain.from_iterable(by_status.values() for by_status in ANSWERS.values())
    shown = set(chain.from_iterable([*BODIES.values(), *answers]))
    assert shown == set(SUMMARIES) == names() - SHOWN_OTHERWISE - OF_NO_CALL


def test_only_what_anybody_may_call_needs_no_token(description: dict[str, Any]) -> None:
    assert {"token": []} in description["security"]
    assert description["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    calls = {operation["operationId"]: operation for _, operation in operations(description)}
    open_calls = {route for route, operation in calls.items() if operation.get("security") == []}
    assert open_calls == {"health"}


def test_every_address_of_the_contract_is_one_of_the_api(description: dict[str, Any]) -> None:
    described = {re.sub(r"{\w+}", str(NIL), path) for path in description["paths"]}
    fixed = [paths.HEALTH, paths.PENDING_REQUESTS, paths.CLAIM, paths.REQUESTS, paths.EVENTS]
    of_one = [build for _, build in inspect.getmembers(paths, inspect.isfunction)]
    named = {*fixed, paths.ORTHANC_EVENTS, *(build(NIL) for build in of_one)}
    assert {paths.API_ROOT + path for path in named} <= described


def test_every_reference_leads_somewhere(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    assert {name for name in references(description) if name not in schemas} == set()


def references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"].rpartition("/")[2]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)
