"""An archive with a plugin that tags, a worker that offers, and a front end that presses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from builders.orthanc_answers import OrthancAnswers, series_uid, tags_row
from builders.queue_payloads import claim_body, offer, success_body
from django.test import AsyncClient
from django.utils import timezone

from segrelay_api.archive import mirror
from segrelay_api.database_calls import in_database
from segrelay_api.queue import workers
from segrelay_contract.leases import ModelOffer
from segrelay_contract.orthanc_events import SeriesStable

API = "/api/mri/segmentation/"
GLIOMA = offer("glioma").model_copy(update={"roles": ("t1", "flair")})
Answer = tuple[int, dict[str, Any]]
Rows = list[dict[str, str]]


def rows(prefix: str, *, start_mm: float = 0.0, **changes: str) -> Rows:
    """A volume with instances of its own."""
    return [
        tags_row(
            index,
            z_mm=start_mm + 2.0 * index,
            **{"SOPInstanceUID": f"1.2.3.{prefix}.{index}", **changes},
        )
        for index in range(5)
    ]


class Hospital:
    """Presses as people do, and tells as the plugin does."""

    def __init__(self, orthanc: OrthancAnswers, caller: Callable[..., AsyncClient]) -> None:
        self.orthanc = orthanc
        self.front_end, self.lab = caller("front end"), caller("lab1")
        self.plugin = caller("orthanc-plugin")

    async def offer(self, *offers: ModelOffer) -> None:
        body = claim_body(*offers)
        await in_database(workers.record_claimer, worker="lab1", body=body, now=timezone.now())

    async def send(
        self,
        name: str,
        images: Rows,
        *,
        role: str | None = None,
        candidates: tuple[str, ...] = (),
    ) -> None:
        self.orthanc.add_series(name, images)
        event = SeriesStable(
            event="series_stable",
            event_id=uuid4(),
            series_id=name,
            series_instance_uid=series_uid(name),
            study_id="study-1",
            study_instance_uid="1.2",
            role=role,
            candidate_models=candidates,
            request_now=False,
            headers=tuple(images),
        )
        await in_database(mirror.record_stable_series, event=event, now=timezone.now())

    async def tell(self, name: str, images: Rows, **event: Any) -> str:
        """As the plugin tells that a series is stable; returns the number of the event."""
        self.orthanc.add_series(name, images)
        body = {
            "event": "series_stable",
            "event_id": str(uuid4()),
            "series_id": name,
            "series_instance_uid": series_uid(name),
            "study_id": "study-1",
            "study_instance_uid": "1.2",
            "role": None,
            "candidate_models": [],
            "request_now": False,
            "headers": images,
            **event,
        }
        status, _ = await self.post(self.plugin, "orthanc-events/", body)
        assert status == 200
        return str(body["event_id"])

    async def requests(self) -> list[dict[str, Any]]:
        """All there are, oldest first."""
        listed = (await self.front_end.get(f"{API}requests/")).json()["requests"]
        return list(reversed(listed))

    async def press(self, series: str, path: str = "series", **body: Any) -> Answer:
        return await self.post(self.front_end, f"{path}/{series}/segment/", body)

    async def complete_next(self) -> None:
        """The lab claims what is due and ends it well."""
        body = claim_body(offer("skull"), GLIOMA).model_dump(mode="json")
        _, claimed = await self.post(self.lab, "claim/", body)
        done = success_body(claimed["lease"]["token"]).model_dump(mode="json")
        path = f"complete-request/{claimed['request']['request_id']}/"
        assert (await self.post(self.lab, path, done))[0] == 200

    async def post(self, client: AsyncClient, path: str, body: object) -> Answer:
        response = await client.post(API + path, body, content_type="application/json")
        return response.status_code, response.json() if response.content else {}

    async def refusal(self, series: str, **body: Any) -> list[str]:
        status, answer = await self.press(series, **body)
        assert (status, answer["code"]) == (422, "unsuitable_series")
        return [reason["code"] for reason in answer["reasons"]]

    async def inputs(self, request_id: str) -> dict[str, str]:
        shown = (await self.front_end.get(f"{API}requests/{request_id}/")).json()["request"]
        assert shown["series_id"] == shown["inputs"][0]["series_id"]
        return {each["role"]: each["series_id"] for each in shown["inputs"]}
