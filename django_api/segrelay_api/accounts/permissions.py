"""Role × route, in one table. A route that does not stand here is closed to everybody."""

from __future__ import annotations

from collections.abc import Mapping

from segrelay_api.accounts.principal import PEOPLE, Principal, Role

ANYONE = frozenset(Role) | {None}
READ = frozenset(Role)
PRESS = PEOPLE - {Role.VIEWER} | {Role.PLUGIN}
WORK = frozenset({Role.WORKER})
TELL = frozenset({Role.PLUGIN})
SEE_PAGES = PEOPLE

ROUTES: Mapping[str, frozenset[Role | None]] = {
    "health": ANYONE,
    "openapi-json": READ,
    "api-root": ANYONE,  # of django-ninja's own making; answers 404
    "pending_requests": READ,
    "list_requests": READ,
    "show_request": READ,
    "show_status": READ,
    "list_workers": READ,
    "list_models": READ,
    "series_models": READ,
    "study_models": READ,
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
    "sign_in": ANYONE,
    "sign_out": ANYONE,
}


def may_call(principal: Principal | None, route: str) -> bool:
    """Whether the table lets this caller in."""
    role = principal.role if principal else None
    return role in ROUTES.get(route, frozenset())
