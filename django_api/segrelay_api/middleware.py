"""Async-only middleware: headers for every answer, and the reader's language."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.decorators import async_only_middleware

Handler = Callable[[HttpRequest], Awaitable[HttpResponseBase]]

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: forms would then hide their origin from us as well.
    "Referrer-Policy": "same-origin",
    # Answers may name patients; no shared cache may keep them.
    "Cache-Control": "no-store",
}


@async_only_middleware
def security_headers(get_response: Handler) -> Handler:
    """Adds the headers that keep pages and answers to themselves."""

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        response = await get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return middleware


@async_only_middleware
def readers_language(get_response: Handler) -> Handler:
    """Answers in Korean or English, as the browser asks."""

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        language = translation.get_language_from_request(request)
        with translation.override(language):
            response = await get_response(request)
        response.headers.setdefault("Content-Language", language)
        response.headers.setdefault("Vary", "Accept-Language")
        return response

    return middleware
