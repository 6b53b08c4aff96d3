"""What the plugin's routes answer, said by a test: hostile names, rare states, no answer at all."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, Route

Json = dict[str, Any]


@dataclass
class PluginAnswers:
    """Stands before the plugin in one page; a test changes what is answered as it goes."""

    models: Json = field(default_factory=lambda: models("stub-bright"))
    states: list[Json] = field(default_factory=list)
    results: list[Json] = field(default_factory=list)
    tags: Json = field(default_factory=dict)  # Orthanc's own answer about a series or study
    press: Json = field(default_factory=lambda: pressed("r1"))
    press_status: int = 202
    asked: list[str] = field(default_factory=list)  # method and path, below /segrelay/
    wishes: list[tuple[Json, Mapping[str, str]]] = field(default_factory=list)  # body, headers

    @property
    def pressed(self) -> list[str]:
        """The paths of all presses, below /segrelay/."""
        return [call.removeprefix("POST ") for call in self.asked if call.startswith("POST ")]

    def stand_before(self, page: Page) -> None:
        """From now on this page hears these answers, and the plugin nothing of it."""
        page.route("**/segrelay/s*/**", self._answer)

    def _answer(self, route: Route) -> None:
        path = urlsplit(route.request.url).path.removeprefix("/segrelay/")
        self.asked.append(f"{route.request.method} {path}")
        if path.endswith("/models"):
            route.fulfill(json=self.models)
        elif path.endswith("/segment"):
            self.wishes.append((json.loads(route.request.post_data or ""), route.request.headers))
            route.fulfill(json=self.press, status=self.press_status)
        else:
            route.fulfill(json=self._report(path))

    def _report(self, path: str) -> Json:
        kind, identifier = path.split("/")
        known = {"series_id": identifier, "states": self.states, "results": self.results}
        return {"success": True} | ({"series": [known]} if kind == "studies" else known)


def models(*names: str, reasons: Sequence[str] = ()) -> Json:
    """These fit, in version 1.0.0; without any, the reasons say why."""
    fitting = [{"name": name, "version": "1.0.0", "fits": True, "reasons": []} for name in names]
    return {"success": True, "models": fitting, "reasons": list(reasons)}


def pressed(request_id: str, **changes: object) -> Json:
    """What a press gets."""
    return {
        "success": True,
        "request_id": request_id,
        "status": "pending",
        "deduplicated": False,
    } | changes


def state(request_id: str, text: str, **changes: object) -> Json:
    """One request as the plugin shows it, under way if nothing else is said."""
    return {
        "request_id": request_id,
        "model": "stub-bright",
        "status": "processing",
        "outcome": "",
        "outdated": False,
        "text": text,
        "error": None,
    } | changes


def result(request_id: str, series_id: str, kind: str = "SEG", superseded_by: str = "") -> Json:
    """One stored result as the plugin shows it."""
    return {
        "request_id": request_id,
        "series_id": series_id,
        "kind": kind,
        "superseded_by": superseded_by or None,
    }
