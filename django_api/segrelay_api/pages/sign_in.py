"""Where people sign in and out."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from segrelay_api.accounts import signing_in
from segrelay_api.accounts.errors import TooManyAttemptsError
from segrelay_api.accounts.identification import address_of
from segrelay_api.accounts.origin import Origin, origin_of
from segrelay_api.accounts.sessions import close_session
from segrelay_api.database_calls import in_database
from segrelay_api.pages.refusals import problem_page, sign_in_page, too_many_attempts
from segrelay_api.sentences import sentence
from segrelay_contract.error_codes import ErrorCode

SEE_OTHER = 303  # RFC 9110 15.4.4: the browser goes on with GET


@require_http_methods(["GET", "HEAD", "POST"])
async def sign_in(request: HttpRequest) -> HttpResponse:
    """The form, and what it sends."""
    target = _target(request)
    if request.method != "POST":
        return sign_in_page(request, target=target, status=200)
    if origin_of(request) is not Origin.OWN:
        return _foreign(request)
    try:
        key = await signing_in.sign_in(
            name=request.POST.get("name", ""),
            password=request.POST.get("password", ""),
            address=address_of(request),
        )
    except TooManyAttemptsError as error:
        return too_many_attempts(request, error)
    return _signed_in(request, target, key)


@require_POST
async def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session, not only its cookie."""
    if origin_of(request) is not Origin.OWN:
        return _foreign(request)
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if key:
        await in_database(close_session, key=key)
    response = HttpResponseRedirect(reverse("sign_in"), status=SEE_OTHER)
    response.delete_cookie(settings.SESSION_COOKIE_NAME, samesite="Lax")
    return response


def _target(request: HttpRequest) -> str:
    """Where to go on; never another site."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    is_here = url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return asked if is_here else reverse("series_page")


def _signed_in(request: HttpRequest, target: str, key: str | None) -> HttpResponse:
    if key is None:
        problem = gettext("Name and password do not belong together. Check both, then try again.")
        return sign_in_page(request, target=target, status=401, problem=problem)
    response = HttpResponseRedirect(target, status=SEE_OTHER)
    response.set_cookie(
        settings.SESSION_COOKIE_NAME,
        key,
        max_age=settings.SESSION_COOKIE_AGE,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response


def _foreign(request: HttpRequest) -> HttpResponse:
    return problem_page(request, status=403, problem=sentence(ErrorCode.FOREIGN_ORIGIN, {}))
