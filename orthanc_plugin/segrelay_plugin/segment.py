# SPDX-License-Identifier: AGPL-3.0-or-later
import json
import logging
import threading
import uuid
from collections.abc import Mapping

from segrelay_plugin.archive import Archive
from segrelay_plugin.configuration import Configuration
from segrelay_plugin.django_client import DjangoClient
from segrelay_plugin.errors import DjangoUnreachableError, ForeignAnswerError
from segrelay_plugin.rest import Reply, Request, error_reply

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 4  # of Orthanc's HTTP threads that may wait for Django
RELAYED_HEADERS = {"accept-language": "Accept-Language", "idempotency-key": "Idempotency-Key"}

# They speak of the plugin's token or address, not of the reader's; and Orthanc will not send them.
CANNOT_BE_RELAYED = frozenset({301, 401, 405})


class SegmentRoute:
    """Asks Django for a segmentation on behalf of somebody who is logged in to Orthanc."""

    def __init__(self, *, archive: Archive, configuration: Configuration) -> None:
        self._archive = archive
        self._configuration = configuration
        self._places = threading.BoundedSemaphore(MOST_AT_ONCE)

    def __call__(self, request: Request) -> Reply:
        """Relays Django's status and JSON, or says why it could not ask."""
        connection = self._configuration.connection
        if connection is None:
            problem = self._configuration.connection_problem
            return error_reply(request, 503, "plugin_not_configured", problem=problem)
        headers = _relayed_headers(request)
        if not (_is_object_or_nothing(request.body) and all(map(_can_travel, headers.values()))):
            return error_reply(request, 400, "invalid_request")
        series_id = request.groups[0]
        self._archive.series(series_id)
        if not self._places.acquire(blocking=False):
            return error_reply(request, 503, "busy")
        try:
            return _relay(connection.django, series_id, request, headers)
        finally:
            self._places.release()


def _relayed_headers(request: Request) -> Mapping[str, str]:
    """The caller's own, and a key of this press, so that Django can tell one press from two."""
    sent = {
        name: value for key, name in RELAYED_HEADERS.items() if (value := request.headers.get(key))
    }
    return {"Idempotency-Key": str(uuid.uuid4())} | sent


def _relay(
    django: DjangoClient, series_id: str, request: Request, headers: Mapping[str, str]
) -> Reply:
    try:
        answer = django.segment(series_id, body=request.body or b"{}", headers=headers)
    except (DjangoUnreachableError, ForeignAnswerError) as error:
        logger.warning("django_unreachable series_id=%s why=%s", series_id, error)
        return error_reply(request, 503, "django_unreachable")
    if answer.status in CANNOT_BE_RELAYED:
        logger.error("django_refuses_plugin series_id=%s status=%d", series_id, answer.status)
        return error_reply(request, 503, "plugin_refused")
    return Reply(answer.status, answer.payload)


def _can_travel(header_value: str) -> bool:
    """HTTP headers are Latin-1 (RFC 9110, 5.5); Python's client raises on anything else."""
    try:
        header_value.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return header_value.isprintable()


def _is_object_or_nothing(body: bytes) -> bool:
    try:
        return not body or isinstance(json.loads(body), dict)
    except ValueError:
        return False
