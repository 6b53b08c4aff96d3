# SPDX-License-Identifier: AGPL-3.0-or-later
import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from segrelay_plugin import __version__
from segrelay_plugin.errors import (
    DjangoUnreachableError,
    EventNotTakenError,
    EventRefusedError,
    ForeignAnswerError,
)

EVENT_LIMIT_SECONDS = 5.0
STABLE_EVENT_LIMIT_SECONDS = 30.0  # Django may read from Orthanc before it answers
RELAY_LIMIT_SECONDS = 5.0
HEALTH_LIMIT_SECONDS = 2.0
MAX_ANSWER_BYTES = 4 * 1024 * 1024

# These speak of the token, the address or the moment, not of the event: it is kept.
NOT_ABOUT_THE_EVENT = frozenset({401, 403, 404, 405, 408, 425, 429})


class _RedirectsAreAnswers(urllib.request.HTTPRedirectHandler):
    """urllib would repeat a redirected POST as a GET, and carry the token to another host."""

    def redirect_request(self, *_arguments: object, **_more: object) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Answer:
    """What Django answered: HTTP status and JSON object."""

    status: int
    payload: Mapping[str, object]


class DjangoClient:
    """The plugin's calls to Django; the environment's proxies are for the internet, not for it."""

    def __init__(
        self, *, base_url: str, token: str, clock: Callable[[], float] = time.time
    ) -> None:
        self._base_url = base_url
        self._clock = clock
        self.last_contact = 0.0  # Unix seconds of Django's last answer
        self._authorization = f"Bearer {token}"
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), _RedirectsAreAnswers()
        )

    def tell(self, event: Mapping[str, object]) -> None:
        """Posts one event.

        Raises:
            EventRefusedError: Django will never take this event.
            EventNotTakenError: Django answered, but did not take it now.
            ForeignAnswerError: something else answered.
            DjangoUnreachableError: no answer.
        """
        answer = self._call(
            "POST", "orthanc-events/", body=json.dumps(event).encode(), limit=_limit_seconds(event)
        )
        if answer.status < 300:  # noqa: PLR2004 - HTTP's own border of success
            return
        told = f"Django answered {answer.status} {answer.payload.get('code', '')}".rstrip()
        if 400 <= answer.status < 500 and answer.status not in NOT_ABOUT_THE_EVENT:  # noqa: PLR2004
            raise EventRefusedError(told)
        raise EventNotTakenError(told)

    def relay(
        self, method: str, path: str, *, body: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        """Makes a call on behalf of a reader, who waits for it.

        Raises:
            ForeignAnswerError: something else answered.
            DjangoUnreachableError: no answer within five seconds.
        """
        return self._call(method, path, body=body, limit=RELAY_LIMIT_SECONDS, headers=headers)

    def health(self) -> Answer:
        """Asks Django how it is.

        Raises:
            ForeignAnswerError: something else answered.
            DjangoUnreachableError: no answer.
        """
        return self._call("GET", "health/", limit=HEALTH_LIMIT_SECONDS)

    def _call(
        self,
        method: str,
        path: str,
        *,
        limit: float,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        request = urllib.request.Request(  # noqa: S310 - the settings allow http and https only
            self._base_url + path,
            data=body,
            method=method,
            headers={
                **(headers or {}),
                "Authorization": self._authorization,
                "Content-Type": "application/json",
                "Accept": "application/json",
                "User-Agent": f"segrelay-plugin/{__version__}",
            },
        )
        until = time.monotonic() + limit
        try:
            with self._open(request, limit) as response:
                return self._heard(response.status, _read(response, until))
        except urllib.error.URLError as error:
            raise DjangoUnreachableError(str(error.reason)) from error
        except (OSError, http.client.HTTPException) as error:
            raise DjangoUnreachableError(str(error) or type(error).__name__) from error

    def _open(self, request: urllib.request.Request, limit: float) -> Any:  # noqa: ANN401 - urllib's
        """The answer, whatever its status: urllib raises those of 300 and more."""
        try:
            return self._opener.open(request, timeout=limit)
        except urllib.error.HTTPError as answer:
            return answer

    def _heard(self, status: int, body: bytes) -> Answer:
        answer = _answer(status, body)
        self.last_contact = self._clock()
        return answer


def _read(response: Any, until: float) -> bytes:  # noqa: ANN401 - likewise
    """The body; the socket's own limit counts anew with each byte, and would let it drip in."""
    body = b""
    while (part := response.read1(MAX_ANSWER_BYTES)) and len(body) < MAX_ANSWER_BYTES:
        body += part
        if time.monotonic() > until:
            raise TimeoutError("the answer takes too long")
    return body


def _limit_seconds(event: Mapping[str, object]) -> float:
    is_stable = event.get("event") == "series_stable"
    return STABLE_EVENT_LIMIT_SECONDS if is_stable else EVENT_LIMIT_SECONDS


def _answer(status: int, body: bytes) -> Answer:
    try:
        payload = json.loads(body)
    except ValueError:
        payload = None
    if not isinstance(payload, dict):
        # A proxy or another site stands at this address; Django always answers a JSON object.
        raise ForeignAnswerError(f"HTTP status {status} without JSON: is DjangoUrl right?")
    return Answer(status=status, payload=payload)
