"""What Orthanc would answer about a few series, from memory."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import httpx

STUDY_ID = "study-1"


def tags_row(index: int, *, z_mm: float | None = None, **changes: str) -> dict[str, str]:
    """One image of an axial series, as `?simplify` writes it."""
    return {
        "SOPInstanceUID": f"1.2.3.{index}",
        "Modality": "MR",
        "Rows": "64",
        "Columns": "48",
        "ImagePositionPatient": f"0\\0\\{2.0 * index if z_mm is None else z_mm}",
        "ImageOrientationPatient": "1\\0\\0\\0\\1\\0",
        "PixelSpacing": "1.5\\1.5",
        "FrameOfReferenceUID": "1.2.99",
        **changes,
    }


@dataclass
class OrthancAnswers:
    """Callable as an httpx transport handler."""

    rows: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    studies: dict[str, str] = field(default_factory=dict)  # of series that lie in another
    is_down: bool = False
    asked: list[str] = field(default_factory=list)
    states: list[tuple[str, dict[str, Any]]] = field(default_factory=list)  # as the plugin got them
    candidate_pages: dict[int, object] = field(default_factory=dict)  # by their first number
    called: asyncio.Event = field(default_factory=asyncio.Event)
    goes_on: asyncio.Event | None = None  # until it is set, nothing is answered
    plugin_answer: httpx.Response | None = None  # instead of taking a state

    def add_series(self, series_id: str, rows: list[dict[str, str]] | None = None) -> None:
        self.rows[series_id] = rows or [tags_row(index) for index in range(5)]

    async def in_time(self, request: httpx.Request) -> httpx.Response:
        """As when called, but not before it may go on."""
        if self.goes_on is None:
            return self(request)
        self.asked.append(request.url.path)
        self.called.set()
        await self.goes_on.wait()
        return self(request)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        self.called.set()
        if self.is_down:
            raise httpx.ConnectError("refused", request=request)
        if request.method == "PUT":
            return self._take_state(request)
        if request.url.path == "/segrelay/candidates":
            answer = self.candidate_pages.get(int(request.url.params["since"]))
        else:
            answer = self._answer(request)
        return httpx.Response(404) if answer is None else httpx.Response(200, json=answer)

    def _take_state(self, request: httpx.Request) -> httpx.Response:
        if self.plugin_answer is not None:
            return self.plugin_answer
        _, _, series_id, _ = request.url.path.strip("/").split("/")
        if series_id not in self.rows:
            return httpx.Response(404, json={"success": False, "code": "unknown_series"})
        self.states.append((series_id, json.loads(request.content)))
        return httpx.Response(200, json={"success": True, "applied": True})

    def _answer(self, request: httpx.Request) -> object:
        parts = request.url.path.strip("/").split("/")
        if parts == ["system"]:
            return {"Version": "1.10.1"}
        if parts == ["tools", "lookup"]:
            uid = request.content.decode()
            return [{"ID": name, "Type": "Series"} for name in self.rows if uid == series_uid(name)]
        if parts[0] == "studies" and parts[1] in {STUDY_ID, *self.studies.values()}:
            return {"MainDicomTags": {"StudyInstanceUID": "1.2.840.1"}}
        if parts[0] != "series" or parts[1] not in self.rows:
            return None
        if parts[2:] == ["instances-tags"]:
            return {f"i{index}": row for index, row in enumerate(self.rows[parts[1]])}
        return {
            "ID": parts[1],
            "ParentStudy": self.studies.get(parts[1], STUDY_ID),
            "MainDicomTags": {"SeriesInstanceUID": series_uid(parts[1])},
        }


def series_uid(series_id: str) -> str:
    return f"1.2.840.99.{sum(series_id.encode())}"
