from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from segrelay_api.accounts.permissions import identify, may_call
from segrelay_api.sentences import sentence
from segrelay_contract.error_codes import ErrorCode

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], Coroutine[Any, Any, HttpResponse]]


def problem_page(request: HttpRequest, *, status: int, problem: str) -> HttpResponse:
    """A page that says one sentence."""
    return render(request, "pages/problem.html", {"problem": problem}, status=status)


def admitted(view: View[P]) -> View[P]:
    """Lets in whom the permission table lets in; others get a page that says why not."""

    @wraps(view)
    async def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        refusal = _refusal(request)
        return refusal or await view(request, *args, **kwargs)

    return guarded


def _refusal(request: HttpRequest) -> HttpResponse | None:
    principal = identify(request)
    if principal is None:
        problem = sentence(ErrorCode.UNAUTHENTICATED, {})
        response = problem_page(request, status=401, problem=problem)
        response.headers["WWW-Authenticate"] = "Bearer"  # RFC 9110 15.5.2
        return response
    route = request.resolver_match.url_name if request.resolver_match else None
    if not may_call(principal, route or ""):
        return problem_page(request, status=403, problem=sentence(ErrorCode.FORBIDDEN, {}))
    return None
