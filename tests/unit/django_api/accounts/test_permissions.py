from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from builders.calling import CallingClient
from builders.orthanc_answers import OrthancAnswers
from django.test import AsyncClient
from django.urls import URLPattern, URLResolver, get_resolver

from segrelay_api.accounts.permissions import ROUTES, may_call
from segrelay_api.accounts.principal import Principal, Role
from segrelay_api.accounts.tokens import create_token
from segrelay_api.database_calls import in_database

API = "/api/mri/segmentation/"
NIL = "00000000-0000-0000-0000-000000000000"
NOW = datetime(2026, 2, 1, tzinfo=UTC)

# Written out a second time, by hand: a slip in the table of permissions must not pass here.
EVERYBODY = set(Role)
WHO_MAY_PRESS = {Role.REQUESTER, Role.REVIEWER, Role.ADMIN, Role.PLUGIN}
WHO_SEES_PAGES = {Role.VIEWER, Role.REQUESTER, Role.REVIEWER, Role.ADMIN}
CALLS = {
    "pending_requests": ("GET", f"{API}pending-requests/", EVERYBODY),
    "list_requests": ("GET", f"{API}requests/", EVERYBODY),
    "show_request": ("GET", f"{API}requests/{NIL}/", EVERYBODY),
    "show_status": ("GET", f"{API}status/{NIL}/", EVERYBODY),
    "list_workers": ("GET", f"{API}workers/", EVERYBODY),
    "list_models": ("GET", f"{API}models/", EVERYBODY),
    "series_models": ("GET", f"{API}series/abc/models/", EVERYBODY),
    "study_models": ("GET", f"{API}studies/abc/models/", EVERYBODY),
    "all_events": ("GET", f"{API}events/", EVERYBODY),
    "request_events": ("GET", f"{API}requests/{NIL}/events/", EVERYBODY),
    "openapi-json": ("GET", f"{API}openapi.json", EVERYBODY),
    "segment_series": ("POST", f"{API}series/abc/segment/", WHO_MAY_PRESS),
    "segment_study": ("POST", f"{API}studies/abc/segment/", WHO_MAY_PRESS),
    "cancel_request": ("POST", f"{API}requests/{NIL}/cancel/", WHO_MAY_PRESS),
    "retry_request": ("POST", f"{API}requests/{NIL}/retry/", WHO_MAY_PRESS),
    "claim": ("POST", f"{API}claim/", {Role.WORKER}),
    "update_status": ("POST", f"{API}update-status/{NIL}/", {Role.WORKER}),
    "release": ("POST", f"{API}release/{NIL}/", {Role.WORKER}),
    "complete_request": ("POST", f"{API}complete-request/{NIL}/", {Role.WORKER}),
    "orthanc_events": ("POST", f"{API}orthanc-events/", {Role.PLUGIN}),
    "series_page": ("GET", "/", WHO_SEES_PAGES),
    "request_picture": ("GET", f"/requests/{NIL}/picture/", WHO_SEES_PAGES),
}
OPEN = {
    "health": ("GET", f"{API}health/"),
    "api-root": ("GET", API),
    "sign_in": ("GET", "/sign-in/"),
    "sign_out": ("POST", "/sign-out/"),
}
REFUSALS = {401, 403}

every_call = pytest.mark.parametrize("route", CALLS)
with_database = pytest.mark.django_db(transaction=True)


def route_names(resolver: URLResolver | None = None) -> Iterator[str]:
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from route_names(pattern)
        elif isinstance(pattern, URLPattern):
            yield pattern.name or "unnamed"


def test_every_route_has_a_rule_and_every_rule_a_route() -> None:
    assert set(route_names()) == set(ROUTES)


def test_every_route_is_walked_below() -> None:
    assert set(CALLS) | set(OPEN) == set(ROUTES)


@pytest.mark.parametrize("role", [*Role, None])
def test_a_route_without_a_rule_is_closed_to_everybody(role: Role | None) -> None:
    assert not may_call(Principal("x", role) if role else None, "no such route")


@with_database
@pytest.mark.parametrize("role", Role)
@every_call
async def test_each_role_may_call_its_own_routes_and_no_others(
    orthanc: OrthancAnswers, role: Role, route: str
) -> None:
    orthanc.is_down = True  # who is let in learns that
    token = await in_database(create_token, name="somebody", role=role, now=NOW)
    method, path, allowed = CALLS[route]
    response = await CallingClient({"Authorization": f"Bearer {token}"}).generic(method, path)
    assert (response.status_code in REFUSALS) == (role not in allowed)


@with_database
@every_call
@pytest.mark.parametrize(
    "header", [None, "Bearer nonsense", "Bearer ", "Basic dG9rZW4=", "token-of-lab1-000000"]
)
async def test_strangers_get_401_with_a_sentence(route: str, header: str | None) -> None:
    client = CallingClient({} if header is None else {"Authorization": header})
    method, path, _ = CALLS[route]
    response = await client.generic(method, path)
    assert response.status_code == 401
    if path.startswith(API):
        assert response.json()["code"] == "unauthenticated"


@with_database
@pytest.mark.usefixtures("orthanc")
@pytest.mark.parametrize("route", OPEN)
async def test_a_few_routes_are_open_to_strangers(route: str) -> None:
    method, path = OPEN[route]
    own_page = {"Origin": "http://testserver"}
    response = await AsyncClient().generic(method, path, headers=own_page)
    assert response.status_code not in REFUSALS


@with_database
@pytest.mark.usefixtures("orthanc")
async def test_anyone_may_ask_for_health() -> None:
    response = await AsyncClient().get(API + "health/")
    assert response.status_code == 200
    assert response.json() == {
        "success": True,
        "database": True,
        "orthanc": True,
        "tickets": True,
    }
