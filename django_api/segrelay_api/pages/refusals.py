"""Pages that say why there is nothing else to see."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from segrelay_api.accounts.errors import TooManyAttemptsError
from segrelay_api.sentences import sentence
from segrelay_contract.error_codes import ErrorCode


def problem_page(request: HttpRequest, *, status: int, problem: str) -> HttpResponse:
    """A page that says one sentence."""
    return render(request, "pages/problem.html", {"problem": problem}, status=status)


def too_many_attempts(request: HttpRequest, error: TooManyAttemptsError) -> HttpResponse:
    """How long to wait, for the reader and for the browser."""
    problem = sentence(ErrorCode.TOO_MANY_ATTEMPTS, {"seconds": error.wait_seconds})
    response = problem_page(request, status=429, problem=problem)
    response.headers["Retry-After"] = str(error.wait_seconds)  # RFC 6585 4
    return response


def sign_in_page(
    request: HttpRequest, *, target: str, status: int, problem: str = ""
) -> HttpResponse:
    """The form; whoever fills it in goes on to `target`."""
    context = {"target": target, "problem": problem}
    response = render(request, "pages/sign_in.html", context, status=status)
    if status == 401:  # noqa: PLR2004 - named by RFC 9110 15.5.2, which wants the header
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
