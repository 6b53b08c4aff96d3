"""An address or method that the API does not have is answered like every other error."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.decorators import async_only_middleware

from segrelay_api.api.errors import error_response
from segrelay_api.middleware import Handler
from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.paths import API_ROOT

CODES: Mapping[int, ErrorCode] = {404: ErrorCode.UNKNOWN_CALL, 405: ErrorCode.WRONG_METHOD}


@async_only_middleware
def unknown_calls(get_response: Handler) -> Handler:
    """Replaces what Django and django-ninja say of them, which is a page and a line of text."""

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        response = await get_response(request)
        code = CODES.get(response.status_code)
        if code is None or isinstance(response, JsonResponse) or not _is_of_api(request):
            return response
        answer = error_response(code)
        if "Allow" in response.headers:
            answer.headers["Allow"] = response.headers["Allow"]  # RFC 9110 15.5.6
        return answer

    return middleware


def _is_of_api(request: HttpRequest) -> bool:
    return request.path.startswith(API_ROOT)
