"""Who calls: a bearer token, else a session, else whoever sits at this machine."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from segrelay_api.accounts import bearer
from segrelay_api.accounts.errors import ForeignOriginError
from segrelay_api.accounts.loopback import is_from_this_machine
from segrelay_api.accounts.origin import Origin, changes_something, origin_of
from segrelay_api.accounts.principal import Principal, Role
from segrelay_api.accounts.sessions import principal_of_session
from segrelay_api.database_calls import in_database


async def identify(request: HttpRequest) -> Principal | None:
    """None for somebody unknown; a wrong token is never taken for no token.

    Raises:
        TooManyAttemptsError: too many wrong tokens came from this address.
        ForeignOriginError: another page tries to change something with a person's session.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return await bearer.bearer_tokens.principal(token.strip(), address=address_of(request))
    return await _signed_in(request) or _at_this_machine(request)


def address_of(request: HttpRequest) -> str:
    """Of the caller; behind a proxy on this machine uvicorn has put the caller's own there."""
    return str(request.META.get("REMOTE_ADDR", ""))


async def _signed_in(request: HttpRequest) -> Principal | None:
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if not key:
        return None
    principal = await in_database(principal_of_session, key=key)
    if principal and changes_something(request) and origin_of(request) is not Origin.OWN:
        raise ForeignOriginError
    return principal


def _at_this_machine(request: HttpRequest) -> Principal | None:
    """A program here states no origin and may; a page of somebody else's may not."""
    if not (settings.SEGRELAY.open_to_loopback and is_from_this_machine(request)):
        return None
    if changes_something(request) and origin_of(request) is Origin.FOREIGN:
        return None
    return Principal("this machine", Role.REQUESTER)
