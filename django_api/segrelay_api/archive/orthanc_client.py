"""Django's only way to Orthanc: asynchronous, with a limit on every wait."""

from __future__ import annotations

import asyncio
import json
import logging
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
from django.conf import settings

from segrelay_api.archive.errors import (
    OrthancUnreachableError,
    UnknownSeriesError,
    UnknownStudyError,
)

log = logging.getLogger(__name__)

TIMEOUT = httpx.Timeout(10.0, connect=3.0)

Json = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """An HTTP status and the object that came with it, empty where none did."""

    status: int
    body: Json


class OrthancClient:
    """Reads from Orthanc. Raises OrthancUnreachableError where it does not answer as it should."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def json(self, path: str) -> Any:  # noqa: ANN401 - JSON is of any type
        """What a GET of this path answers. Raises UnknownSeriesError on 404."""
        return _parsed(await self._call("GET", path))

    async def bytes(self, path: str) -> tuple[bytes, str]:
        """Body and content type of a GET."""
        response = await self._call("GET", path)
        return response.content, response.headers.get("Content-Type", "application/octet-stream")

    async def find(self, level: str, query: Mapping[str, str]) -> list[Json]:
        """Each "Study" or "Series" that a DICOM query matches, as Orthanc's index knows it."""
        wanted = {"Level": level, "Query": query, "Expand": True}
        response = await self._call("POST", "/tools/find", content=json.dumps(wanted))
        return list(_parsed(response))

    async def put(self, path: str, content: Json) -> Answer:
        """As it was answered, well or badly; raises OrthancUnreachableError where it was not."""
        try:
            response = await self._http.put(path, json=content)
        except httpx.HTTPError as error:
            raise OrthancUnreachableError(type(error).__name__) from error
        try:
            body = response.json()
        except ValueError:
            body = None
        return Answer(response.status_code, body if isinstance(body, dict) else {})

    async def series_id_of(self, identifier: str) -> str:
        """Orthanc's id of a series given by that id or by its Series Instance UID."""
        if not identifier.isprintable():  # PostgreSQL refuses a NUL, which a path can hold
            raise UnknownSeriesError
        if "." not in identifier:
            return identifier
        series_id = await self._looked_up(identifier, "Series")
        if series_id is None:
            raise UnknownSeriesError
        return series_id

    async def study_id_of(self, identifier: str) -> str:
        """Orthanc's id of a study given by that id or by its Study Instance UID."""
        if "." in identifier:
            study_id = await self._looked_up(identifier, "Study")
        else:
            study_id = identifier if await self._holds_study(identifier) else None
        if study_id is None:
            raise UnknownStudyError
        return study_id

    async def _looked_up(self, uid: str, kind: str) -> str | None:
        response = await self._call("POST", "/tools/lookup", content=uid)
        ids = [found["ID"] for found in _parsed(response) if found["Type"] == kind]
        return str(ids[0]) if len(ids) == 1 else None

    async def _holds_study(self, study_id: str) -> bool:
        try:
            await self._call("GET", f"/studies/{quote(study_id, safe='')}")
        except UnknownSeriesError:
            return False
        return True

    async def _call(self, method: str, path: str, content: str | None = None) -> httpx.Response:
        try:
            response = await self._http.request(method, path, content=content)
        except httpx.HTTPError as error:
            raise OrthancUnreachableError(type(error).__name__) from error
        if response.status_code == httpx.codes.NOT_FOUND:
            raise UnknownSeriesError
        if not response.is_success:
            log.warning("orthanc refused path=%s status=%d", path, response.status_code)
            raise OrthancUnreachableError(f"HTTP status {response.status_code}")
        return response


def _parsed(response: httpx.Response) -> Any:  # noqa: ANN401 - JSON is of any type
    """A proxy's page instead of JSON means that Orthanc was not reached."""
    try:
        return response.json()
    except ValueError as error:
        raise OrthancUnreachableError("the answer is not JSON") from error


def open_http() -> httpx.AsyncClient:
    """A pool of connections to Orthanc under Django's own account."""
    environment = settings.SEGRELAY
    account = (environment.orthanc_user, environment.orthanc_password)
    return httpx.AsyncClient(
        base_url=environment.orthanc_url,
        auth=account if environment.orthanc_user else None,
        timeout=TIMEOUT,
        # Orthanc hangs up on idle connections after a second; a call on such a one would fail.
        limits=httpx.Limits(max_keepalive_connections=0),
        trust_env=False,  # a proxy for the internet is none for the archive
    )


# Connections belong to the event loop that opened them; the server has one loop for its life.
_clients: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, OrthancClient] = (
    weakref.WeakKeyDictionary()
)


def orthanc_client() -> OrthancClient:
    """The client of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _clients:
        _clients[loop] = OrthancClient(open_http())
    return _clients[loop]
