from __future__ import annotations

from django.http import HttpRequest
from ninja.errors import AuthenticationError

from segrelay_api.accounts.identification import identify
from segrelay_api.accounts.permissions import may_call
from segrelay_api.accounts.principal import Principal
from segrelay_api.api.errors import ForbiddenError


async def authenticate(request: HttpRequest) -> Principal:
    """The caller, if the table lets them call this route; else 401, 403 or 429.

    Async, or ninja would give each call a thread that it holds as long as it waits.
    """
    principal = await identify(request)
    if principal is None:
        raise AuthenticationError
    route = request.resolver_match.url_name if request.resolver_match else ""
    if not may_call(principal, route or ""):
        raise ForbiddenError
    return principal


def caller(request: HttpRequest) -> str:
    """The name under which events record who did it."""
    principal: Principal = request.auth  # type: ignore[attr-defined] # set by ninja
    return principal.name
