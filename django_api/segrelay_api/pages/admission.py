from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse

from segrelay_api.accounts.errors import TooManyAttemptsError
from segrelay_api.accounts.identification import identify
from segrelay_api.accounts.permissions import may_call
from segrelay_api.accounts.principal import Principal
from segrelay_api.pages.refusals import problem_page, sign_in_page, too_many_attempts
from segrelay_api.sentences import sentence
from segrelay_contract.error_codes import ErrorCode

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], Coroutine[Any, Any, HttpResponse]]


def admitted(view: View[P]) -> View[P]:
    """Lets in whom the permission table lets in; others may sign in, or read why not."""

    @wraps(view)
    async def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            principal = await identify(request)
        except TooManyAttemptsError as error:
            return too_many_attempts(request, error)
        refusal = _refusal(request, principal)
        request.principal = principal  # type: ignore[attr-defined] # for `caller_of`
        return refusal or await view(request, *args, **kwargs)

    return guarded


def caller_of(request: HttpRequest) -> Principal | None:
    """Who was let in."""
    principal: Principal | None = getattr(request, "principal", None)
    return principal


def _refusal(request: HttpRequest, principal: Principal | None) -> HttpResponse | None:
    if principal is None:
        return sign_in_page(request, target=request.get_full_path(), status=401)
    route = request.resolver_match.url_name if request.resolver_match else None
    if not may_call(principal, route or ""):
        return problem_page(request, status=403, problem=sentence(ErrorCode.FORBIDDEN, {}))
    return None
