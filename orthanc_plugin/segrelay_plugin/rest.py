# SPDX-License-Identifier: AGPL-3.0-or-later
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from segrelay_plugin.cross_site import READING, is_from_another_site
from segrelay_plugin.errors import ArchiveError, UnknownSeriesError, UnknownStudyError
from segrelay_plugin.orthanc_api import RestCallback, RestOutput
from segrelay_plugin.sentences import preferred_language, sentence

logger = logging.getLogger(__name__)

JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Request:
    """One call of a route, as Orthanc passes it on."""

    groups: tuple[str, ...]  # what the route's regular expression caught
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def language(self) -> str:
        """The language that the reader asks for."""
        return preferred_language(self.headers.get("accept-language", ""))

    def document(self) -> object:
        """The body as JSON.

        Raises:
            ValueError: it is none, or is nested beyond all measure.
        """
        try:
            return json.loads(self.body)
        except RecursionError as error:
            raise ValueError("it is nested too deeply") from error


@dataclass(frozen=True, slots=True)
class Reply:
    """One JSON answer."""

    status: int
    payload: Mapping[str, object]


Handler = Callable[[Request], Reply]


def error_reply(request: Request, status: int, code: str, **parameters: str) -> Reply:
    """The form that every error has: a code for machines, a sentence for people."""
    text = sentence(code, language=request.language, parameters=parameters)
    return Reply(status, {"success": False, "code": code, "error": text})


def as_callback(handlers: Mapping[str, Handler]) -> RestCallback:
    """Wraps the handlers of a path, by method: JSON out, known failures as sentences."""

    def callback(output: RestOutput, _uri: str, /, **arguments: Any) -> None:  # noqa: ANN401 - Orthanc's own
        handle = handlers.get(arguments["method"])
        if handle is None:
            output.SendMethodNotAllowed(",".join(handlers))
            return
        request = Request(
            groups=tuple(arguments.get("groups", ())),
            headers=arguments.get("headers", {}),
            body=arguments.get("body") or b"",
            query=arguments.get("get", {}),
        )
        if arguments["method"] not in READING and is_from_another_site(request.headers):
            _send(output, error_reply(request, 403, "other_site"))
            return
        _send(output, answer(handle, request))

    return callback


def answer(handle: Handler, request: Request) -> Reply:
    """What a handler says, known failures as sentences."""
    try:
        return handle(request)
    except UnknownSeriesError:
        return error_reply(request, 404, "unknown_series", series_id=request.groups[0])
    except UnknownStudyError:
        return error_reply(request, 404, "unknown_study", study_id=request.groups[0])
    except ArchiveError as error:
        logger.warning("archive_unavailable why=%s", error)
        return error_reply(request, 503, "archive_unavailable")


def _send(output: RestOutput, reply: Reply) -> None:
    text = json.dumps(reply.payload, ensure_ascii=False)
    if reply.status == HTTPStatus.OK:
        output.AnswerBuffer(text, JSON)
        return
    # Orthanc 1.12 adds "text/plain" to this header on its own; there is no way to tell it not to.
    output.SetHttpHeader("Content-Type", JSON)
    try:
        output.SendHttpStatus(reply.status, text)
    except TypeError:
        # Before version 4.1 Orthanc's Python plugin wanted the length in bytes as well.
        output.SendHttpStatus(reply.status, text, len(text.encode()))
