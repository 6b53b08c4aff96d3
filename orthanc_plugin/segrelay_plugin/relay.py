# SPDX-License-Identifier: AGPL-3.0-or-later
import logging
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

from segrelay_plugin.configuration import Configuration
from segrelay_plugin.django_client import DjangoClient
from segrelay_plugin.errors import DjangoUnreachableError, ForeignAnswerError
from segrelay_plugin.rest import Handler, Reply, Request, error_reply

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 4  # of Orthanc's HTTP threads that may wait for Django
LANGUAGE = "accept-language"
PRESS_KEY = "idempotency-key"
HEADER_NAMES = {LANGUAGE: "Accept-Language", PRESS_KEY: "Idempotency-Key"}

# They speak of the plugin's token or address, not of the reader's; and Orthanc will not send them.
CANNOT_BE_RELAYED = frozenset({301, 401, 405})


@dataclass(frozen=True, slots=True)
class RelayedCall:
    """One call of Django's that a reader of the archive may make through the plugin."""

    method: Literal["GET", "POST"]
    path: str  # below the API's address; {} stands for the id of the series or study
    look_up: Callable[[str], object]  # raises where the archive holds no such thing

    @property
    def relayed_headers(self) -> tuple[str, ...]:
        """A question is no press, and needs no key that tells it from another."""
        return (LANGUAGE, PRESS_KEY) if self.method == "POST" else (LANGUAGE,)

    @property
    def silence(self) -> str:
        """What is said when Django does not answer: only a press may have been taken."""
        return "django_unreachable" if self.method == "POST" else "django_silent"


class Relays:
    """Asks Django on behalf of people who are logged in to Orthanc, a few at a time in all."""

    def __init__(self, *, configuration: Configuration) -> None:
        self._configuration = configuration
        self._places = threading.BoundedSemaphore(MOST_AT_ONCE)

    def handler(self, call: RelayedCall) -> Handler:
        """The handler of a route that relays this call."""
        return partial(self._answer, call)

    def _answer(self, call: RelayedCall, request: Request) -> Reply:
        """Relays Django's status and JSON, or says why it could not ask."""
        connection = self._configuration.connection
        if connection is None:
            problem = self._configuration.connection_problem
            return error_reply(request, 503, "plugin_not_configured", problem=problem)
        headers = _headers(call, request)
        if not (_is_object_or_nothing(request) and all(map(_can_travel, headers.values()))):
            return error_reply(request, 400, "invalid_request")
        call.look_up(request.groups[0])
        if not self._places.acquire(blocking=False):
            return error_reply(request, 503, "busy")
        try:
            return _relay(connection.django, call, request, headers)
        finally:
            self._places.release()


def _headers(call: RelayedCall, request: Request) -> Mapping[str, str]:
    """The caller's own; a press without a key gets one, so that Django can tell it from another."""
    sent = {
        HEADER_NAMES[key]: value
        for key in call.relayed_headers
        if (value := request.headers.get(key))
    }
    made = {"Idempotency-Key": str(uuid.uuid4())} if PRESS_KEY in call.relayed_headers else {}
    return made | sent


def _relay(
    django: DjangoClient, call: RelayedCall, request: Request, headers: Mapping[str, str]
) -> Reply:
    path = call.path.format(request.groups[0])
    body = (request.body or b"{}") if call.method == "POST" else None
    try:
        answer = django.relay(call.method, path, body=body, headers=headers)
    except (DjangoUnreachableError, ForeignAnswerError) as error:
        logger.warning("django_unreachable path=%s why=%s", path, error)
        return error_reply(request, 503, call.silence)
    if answer.status in CANNOT_BE_RELAYED:
        logger.error("django_refuses_plugin path=%s status=%d", path, answer.status)
        return error_reply(request, 503, "plugin_refused")
    return Reply(answer.status, answer.payload)


def _can_travel(header_value: str) -> bool:
    """HTTP headers are Latin-1 (RFC 9110, 5.5); Python's client raises on anything else."""
    try:
        header_value.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return header_value.isprintable()


def _is_object_or_nothing(request: Request) -> bool:
    try:
        return not request.body or isinstance(request.document(), dict)
    except ValueError:
        return False
