from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from builders.orthanc_answers import OrthancAnswers, tags_row
from builders.queue_payloads import claim_body, offer, success_body
from django.test import AsyncClient
from django.utils import timezone

from segrelay_api.archive import mirror
from segrelay_api.database_calls import in_database
from segrelay_api.queue import workers
from segrelay_contract.orthanc_events import SeriesStable

pytestmark = pytest.mark.django_db(transaction=True)

API = "/api/mri/segmentation/"
Caller = Callable[..., AsyncClient]


@pytest.fixture(autouse=True)
def one_series(orthanc: OrthancAnswers) -> None:
    orthanc.add_series("abc")


async def post(client: AsyncClient, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
    response = await client.post(API + path, body or {}, content_type="application/json")
    return response.status_code, response.json()


async def press(caller: Caller, **body: object) -> str:
    _, answer = await post(caller("front end"), "series/abc/segment/", body)
    return str(answer["request_id"])


async def test_a_cancelled_request_is_told_to_its_worker_with_the_next_heartbeat(
    caller: Caller,
) -> None:
    request_id = await press(caller)
    _, claimed = await post(caller("lab1"), "claim/", claim_body().model_dump(mode="json"))
    status, cancelled = await post(caller("front end"), f"requests/{request_id}/cancel/")
    assert (status, cancelled["request"]["status"]) == (200, "cancelled")
    token = {"lease_token": claimed["lease"]["token"]}
    status, heartbeat = await post(caller("lab1"), f"update-status/{request_id}/", token)
    assert (status, heartbeat["cancel_requested"], heartbeat["lease"]) == (200, True, None)
    failure = {**token, "success": False, "error_code": "model_failed", "retryable": True}
    status, answer = await post(caller("lab1"), f"complete-request/{request_id}/", failure)
    assert (status, answer["code"]) == (409, "cancelled")


async def test_what_has_not_failed_is_not_tried_again(caller: Caller) -> None:
    request_id = await press(caller)
    status, answer = await post(caller("front end"), f"requests/{request_id}/retry/")
    assert (status, answer["code"]) == (409, "not_retriable")


async def test_the_old_protocol_works_without_tokens_of_leases(caller: Caller) -> None:
    request_id = await press(caller)
    processing = {"status": "processing"}
    status, _ = await post(caller("lab1"), f"update-status/{request_id}/", processing)
    assert status == 200
    status, answer = await post(caller("lab2"), f"update-status/{request_id}/", processing)
    assert (status, answer["code"]) == (409, "already_claimed")
    done = {"success": True, "seg_instance_id": "seg", "tumor_detected": True}
    status, answer = await post(caller("lab2"), f"complete-request/{request_id}/", done)
    assert (status, answer["code"]) == (409, "lease_lost")
    status, answer = await post(caller("lab1"), f"complete-request/{request_id}/", done)
    assert (status, answer["request"]["seg_instance_id"]) == (200, "seg")


async def test_a_report_of_today_is_not_taken_for_an_old_one(caller: Caller) -> None:
    request_id = await press(caller)
    half = {"success": True, "lease_token": "token"}
    status, answer = await post(caller("lab1"), f"complete-request/{request_id}/", half)
    assert (status, answer["code"]) == (400, "invalid_request")


async def test_a_press_with_the_same_key_is_the_same_press(
    caller: Caller, orthanc: OrthancAnswers
) -> None:
    client = caller("front end", **{"Idempotency-Key": "one"})
    first = await post(client, "series/abc/segment/")
    orthanc.is_down = True
    again = await post(client, "series/abc/segment/")
    assert (first[0], again[0]) == (202, 200)
    assert again[1]["request_id"] == first[1]["request_id"]
    status, answer = await post(client, "series/abc/segment/", {"threshold": 0.4})
    assert (status, answer["code"]) == (409, "idempotency_key_reused")


async def test_a_study_is_asked_for_each_model_that_it_feeds(
    caller: Caller, orthanc: OrthancAnswers
) -> None:
    def tell() -> None:
        now = timezone.now()
        workers.record_claimer(worker="lab1", body=claim_body(offer("brain")), now=now)
        mirror.record_stable_series(
            event=SeriesStable.model_validate(
                {
                    "event": "series_stable",
                    "event_id": "6f1d4b52-6b0f-4a43-9d4b-5b3b8b3c6a11",
                    "series_id": "abc",
                    "series_instance_uid": "1.2.3",
                    "study_id": "study-1",
                    "study_instance_uid": "1.2",
                    "role": "t1",
                    "candidate_models": [],
                    "request_now": False,
                    "headers": [tags_row(index) for index in range(5)],
                }
            ),
            now=now,
        )

    client = caller("front end")
    status, answer = await post(client, "studies/study-1/segment/")
    assert (status, answer["code"]) == (422, "no_model_fits")
    await in_database(tell)
    status, answer = await post(client, "studies/study-1/segment/")
    assert status == 202
    (pressed,) = answer["requests"]
    shown = (await client.get(f"{API}requests/{pressed['request_id']}/")).json()["request"]
    assert (shown["series_id"], shown["model"]) == ("abc", "brain")
    status, _ = await post(client, "studies/study-1/segment/")
    assert status == 200


async def test_an_unknown_study_is_404(caller: Caller) -> None:
    status, answer = await post(caller("front end"), "studies/1.2.99/segment/")
    assert (status, answer["code"]) == (404, "unknown_study")


async def test_workers_and_models_are_listed(caller: Caller) -> None:
    await press(caller)
    await post(caller("lab1"), "claim/", claim_body().model_dump(mode="json"))
    client = caller("front end")
    (worker,) = (await client.get(f"{API}workers/")).json()["workers"]
    (model,) = (await client.get(f"{API}models/")).json()["models"]
    assert (worker["name"], worker["online"], worker["models"]) == ("lab1", True, ["brain"])
    assert (model["name"], model["conflict"], model["workers"]) == ("brain", False, ["lab1"])


async def test_the_list_filters_by_the_status_that_it_shows(caller: Caller) -> None:
    await press(caller)
    await post(caller("lab1"), "claim/", claim_body().model_dump(mode="json"))
    client = caller("front end")
    for status, count in (("processing", 1), ("pending", 0), ("completed", 0)):
        found = (await client.get(f"{API}requests/?status={status}")).json()
        assert found["count"] == count


async def test_a_press_that_waits_is_answered_with_the_result(caller: Caller) -> None:
    waiting = asyncio.create_task(post(caller("front end"), "series/abc/segment/?wait=30"))
    body = claim_body(wait_seconds=30).model_dump(mode="json")
    _, claimed = await post(caller("lab1"), "claim/", body)
    request_id = claimed["request"]["request_id"]
    done = success_body(claimed["lease"]["token"]).model_dump(mode="json")
    await post(caller("lab1"), f"complete-request/{request_id}/", done)
    status, answer = await waiting
    assert (status, answer["request_id"], answer["status"]) == (200, request_id, "completed")
    assert answer["result"]["segments"][0]["volume_ml"] == 1.0


async def test_a_press_that_waited_in_vain_says_how_far_it_is(caller: Caller) -> None:
    status, answer = await post(caller("front end"), "series/abc/segment/?wait=0.05")
    assert (status, answer["status"], answer["result"]) == (202, "pending", None)
