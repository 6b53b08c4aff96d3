from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from segrelay_api.pages.admission import caller_of


def signed_in(request: HttpRequest) -> dict[str, str]:
    """For every page: the name of who has a session and can sign out."""
    principal = caller_of(request)
    has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
    by_token = "Authorization" in request.headers
    return {"signed_in": principal.name if principal and has_session and not by_token else ""}
