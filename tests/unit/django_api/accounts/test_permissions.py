from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from builders.calling import CallingClient
from django.test import AsyncClient
from django.urls import URLPattern, URLResolver, get_resolver

from segrelay_api.accounts.permissions import ROUTES, may_call
from segrelay_api.accounts.principal import Principal, Role

API = "/api/mri/segmentation/"
NIL = "00000000-0000-0000-0000-000000000000"


def route_names(resolver: URLResolver | None = None) -> Iterator[str]:
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from route_names(pattern)
        elif isinstance(pattern, URLPattern):
            yield pattern.name or "unnamed"


def test_every_route_has_a_rule_and_every_rule_a_route() -> None:
    assert set(route_names()) == set(ROUTES)


@pytest.mark.parametrize("role", [*Role, None])
def test_a_route_without_a_rule_is_closed_to_everybody(role: Role | None) -> None:
    assert not may_call(Principal("x", role) if role else None, "no such route")


WORKER_CALLS = [
    ("post", "claim/"),
    ("post", f"update-status/{NIL}/"),
    ("post", f"release/{NIL}/"),
    ("post", f"complete-request/{NIL}/"),
]
READ_CALLS = [
    ("get", "pending-requests/"),
    ("get", "requests/"),
    ("get", f"requests/{NIL}/"),
    ("get", f"status/{NIL}/"),
    ("get", "events/"),
    ("get", f"requests/{NIL}/events/"),
]
PRESS_CALLS = [("post", "series/abc/segment/")]
PLUGIN_CALLS = [("post", "orthanc-events/")]
EVERY_CALL = WORKER_CALLS + READ_CALLS + PRESS_CALLS + PLUGIN_CALLS

ALLOWED = {
    "lab1": WORKER_CALLS + READ_CALLS,
    "front end": READ_CALLS + PRESS_CALLS,
    "orthanc-plugin": READ_CALLS + PRESS_CALLS + PLUGIN_CALLS,
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("orthanc")
@pytest.mark.parametrize("name", ALLOWED)
@pytest.mark.parametrize(("method", "path"), EVERY_CALL)
async def test_each_role_may_call_its_own_routes_and_no_others(
    caller: Callable[..., AsyncClient], name: str, method: str, path: str
) -> None:
    response = await getattr(caller(name), method)(API + path)
    refused = response.status_code in {401, 403}
    assert refused == ((method, path) not in ALLOWED[name])


@pytest.mark.parametrize(("method", "path"), EVERY_CALL)
@pytest.mark.parametrize(
    "header", [None, "Bearer nonsense", "Bearer ", "Basic dG9rZW4=", "token-of-lab1-000000"]
)
async def test_strangers_get_401_with_a_sentence(
    method: str, path: str, header: str | None
) -> None:
    client = CallingClient({} if header is None else {"Authorization": header})
    response = await getattr(client, method)(API + path)
    assert response.status_code == 401
    assert response.json()["code"] == "unauthenticated"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("orthanc")
async def test_anyone_may_ask_for_health() -> None:
    response = await AsyncClient().get(API + "health/")
    assert response.status_code == 200
    assert response.json() == {"success": True, "database": True, "orthanc": True}
