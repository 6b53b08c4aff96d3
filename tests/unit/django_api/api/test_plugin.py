from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from builders.found_by_calls import leased
from builders.orthanc_answers import OrthancAnswers, tags_row
from builders.queue_payloads import stored_object
from django.test import AsyncClient
from django.utils import timezone

from segrelay_api.api import plugin
from segrelay_api.archive.models import TaggedSeries
from segrelay_api.database_calls import THREADS, in_database
from segrelay_api.queue import transitions
from segrelay_api.queue.models import SegmentationRequest

pytestmark = pytest.mark.django_db(transaction=True)

LONG_SECONDS = 20.0
Caller = Callable[..., AsyncClient]


async def tell(client: AsyncClient, **event: object) -> int:
    body = {"event_id": str(uuid4()), "series_id": "abc", **event}
    response = await client.post(
        "/api/mri/segmentation/orthanc-events/", body, content_type="application/json"
    )
    return response.status_code


def stable(**changes: object) -> dict[str, object]:
    return {
        "event": "series_stable",
        "series_instance_uid": "1.2.3",
        "study_id": "study-1",
        "study_instance_uid": "1.2",
        "role": "t1",
        "candidate_models": ["brain"],
        "request_now": False,
        "headers": [tags_row(index) for index in range(4)],
        **changes,
    }


async def test_a_stable_series_is_judged_and_remembered_once(caller: Caller) -> None:
    for _ in range(2):
        assert await tell(caller("orthanc-plugin"), **stable()) == 200
    series = await in_database(TaggedSeries.objects.get)
    assert (series.role, series.slice_count, series.reasons) == ("t1", 4, [])
    assert await in_database(SegmentationRequest.objects.count) == 0


async def test_a_series_that_cannot_be_segmented_is_remembered_with_the_reason(
    caller: Caller,
) -> None:
    await tell(caller("orthanc-plugin"), **stable(headers=[tags_row(0)]))
    series = await in_database(TaggedSeries.objects.get)
    assert [reason["code"] for reason in series.reasons] == ["single_slice"]


async def test_a_rule_that_asks_for_it_makes_one_request_however_often_it_is_told(
    caller: Caller, orthanc: OrthancAnswers
) -> None:
    orthanc.add_series("abc")
    for _ in range(2):
        assert await tell(caller("orthanc-plugin"), **stable(request_now=True)) == 200
    request = await in_database(SegmentationRequest.objects.get)
    assert (request.model, request.requested_by) == ("brain", "orthanc-plugin")


async def test_a_rule_that_asks_in_vain_does_not_keep_its_event_coming_back(
    caller: Caller, orthanc: OrthancAnswers
) -> None:
    assert await tell(caller("orthanc-plugin"), **stable(request_now=True)) == 200
    assert orthanc.asked
    assert await in_database(SegmentationRequest.objects.count) == 0


async def test_an_archive_out_of_reach_keeps_the_event_coming_back(
    caller: Caller, orthanc: OrthancAnswers
) -> None:
    orthanc.is_down = True
    assert await tell(caller("orthanc-plugin"), **stable(request_now=True)) == 503


async def test_events_that_wait_for_the_archive_hold_no_thread(
    caller: Caller, orthanc: OrthancAnswers
) -> None:
    """More of them than there are threads for the database, and another call is answered."""
    orthanc.add_series("abc")
    orthanc.goes_on = asyncio.Event()
    telling = [
        asyncio.create_task(
            tell(caller("orthanc-plugin"), **stable(request_now=True, event_id=str(uuid4())))
        )
        for _ in range(3 * THREADS)
    ]
    async with asyncio.timeout(LONG_SECONDS):
        while len(orthanc.asked) < len(telling):
            await orthanc.called.wait()
            orthanc.called.clear()
        listed = await caller("front end").get("/api/mri/segmentation/requests/")
    assert listed.json()["count"] == 0
    assert len([thread for thread in threading.enumerate() if "database" in thread.name]) <= THREADS
    orthanc.goes_on.set()
    assert await asyncio.gather(*telling) == [200] * len(telling)
    assert await in_database(SegmentationRequest.objects.count) == 1


async def test_an_archive_that_never_answers_is_given_up_before_the_plugin_gives_up(
    caller: Caller, orthanc: OrthancAnswers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugin, "LONGEST_WORK_SECONDS", 0.01)
    orthanc.goes_on = asyncio.Event()
    assert await tell(caller("orthanc-plugin"), **stable(request_now=True)) == 503


async def test_a_result_that_is_stored_completes_what_nobody_works_on(
    caller: Caller, orthanc: OrthancAnswers
) -> None:
    request = await in_database(leased)
    await in_database(transitions.expire_leases, now=timezone.now() + timedelta(hours=1))
    for kind in ("SEG", "SR"):
        told = stored_object(request.pk, kind).model_dump(mode="json")
        assert await tell(caller("orthanc-plugin"), **told) == 200
    path = f"/api/mri/segmentation/requests/{request.pk}/"
    shown = (await caller("front end").get(path)).json()["request"]
    assert (shown["status"], shown["result"]["segments"][0]["volume_ml"]) == ("completed", 1.0)
    assert await in_database(SegmentationRequest.objects.count) == 1


async def test_a_deleted_series_is_forgotten(caller: Caller) -> None:
    await tell(caller("orthanc-plugin"), **stable())
    assert await tell(caller("orthanc-plugin"), event="series_deleted") == 200
    assert await in_database(TaggedSeries.objects.count) == 0
