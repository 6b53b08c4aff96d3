"""Role × route, in one table. A route that does not stand here is closed to everybody."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest

from segrelay_api.accounts.loopback import is_from_this_machine
from segrelay_api.accounts.principal import Principal, Role
from segrelay_api.accounts.tokens import principal_of_token

ANYONE = frozenset(Role) | {None}
READ = frozenset(Role)
PRESS = frozenset({Role.REQUESTER, Role.PLUGIN})
WORK = frozenset({Role.WORKER})
TELL = frozenset({Role.PLUGIN})
SEE_PAGES = frozenset({Role.REQUESTER})

ROUTES: Mapping[str, frozenset[Role | None]] = {
    "health": ANYONE,
    "openapi-json": READ,
    "api-root": READ,
    "pending_requests": READ,
    "list_requests": READ,
    "show_request": READ,
    "show_status": READ,
    "list_workers": READ,
    "list_models": READ,
    "all_events": READ,
    "request_events": READ,
    "segment_series": PRESS,
    "segment_study": PRESS,
    "cancel_request": PRESS,
    "retry_request": PRESS,
    "claim": WORK,
    "update_status": WORK,
    "release": WORK,
    "complete_request": WORK,
    "orthanc_events": TELL,
    "series_page": SEE_PAGES,
    "request_picture": SEE_PAGES,
}


def identify(request: HttpRequest) -> Principal | None:
    """Who calls; None for somebody unknown. A wrong token is never taken for no token."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return principal_of_token(settings.SEGRELAY, token.strip())
    if settings.SEGRELAY.open_to_loopback and is_from_this_machine(request):
        return Principal("this machine", Role.REQUESTER)
    return None


def may_call(principal: Principal | None, route: str) -> bool:
    """Whether the table lets this caller in."""
    role = principal.role if principal else None
    return role in ROUTES.get(route, frozenset())
