"""The plugin's own view of an archive, over HTTP instead of from within Orthanc."""

from __future__ import annotations

import json
from typing import Any, cast

import requests
from integration.orthanc_server import OrthancServer

from segrelay_plugin.archive import UNKNOWN_RESOURCE, Archive
from segrelay_plugin.orthanc_api import OrthancApi


def archive_from_outside(server: OrthancServer) -> Archive:
    """What reads only, with the configuration that ships."""
    return Archive(cast("OrthancApi", _OrthancFromOutside(server)))


class _OrthancFromOutside:
    """What of Orthanc's Python module the reading of an archive takes, by HTTP."""

    OrthancException = LookupError

    def __init__(self, archive: OrthancServer) -> None:
        self._archive = archive

    def RestApiGet(self, uri: str) -> bytes:  # noqa: N802 - Orthanc's own name
        return self._call("GET", uri)

    def RestApiPost(self, uri: str, body: bytes) -> bytes:  # noqa: N802 - likewise
        return self._call("POST", uri, data=body)

    def GetConfiguration(self) -> str:  # noqa: N802 - likewise
        return json.dumps(
            {
                "Python": {"AllowThreads": True},
                "Warnings": {"W001_TagsBeingReadFromStorage": False},
            }
        )

    def _call(self, method: str, uri: str, **arguments: Any) -> bytes:
        answer = self._archive.call(method, uri, **arguments)
        if answer.status_code == requests.codes.not_found:
            raise self.OrthancException(UNKNOWN_RESOURCE, uri)
        answer.raise_for_status()
        return answer.content
