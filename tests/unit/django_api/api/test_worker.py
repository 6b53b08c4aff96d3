from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from builders.orthanc_answers import OrthancAnswers
from builders.queue_payloads import claim_body, success_body
from django.test import AsyncClient

from segrelay_api.database_calls import in_database
from segrelay_api.queue.models import SegmentationRequest

pytestmark = pytest.mark.django_db(transaction=True)

API = "/api/mri/segmentation/"
Caller = Callable[..., AsyncClient]


@pytest.fixture(autouse=True)
def one_series(orthanc: OrthancAnswers) -> None:
    orthanc.add_series("abc")


async def post(client: AsyncClient, path: str, body: object) -> tuple[int, dict[str, Any]]:
    response = await client.post(API + path, body, content_type="application/json")
    return response.status_code, response.json() if response.content else {}


async def press(caller: Caller) -> str:
    _, answer = await post(caller("front end"), "series/abc/segment/", {})
    return str(answer["request_id"])


async def claim(client: AsyncClient, wait_seconds: float = 0) -> tuple[int, dict[str, Any]]:
    return await post(client, "claim/", claim_body(wait_seconds=wait_seconds).model_dump_json())


async def test_a_request_goes_from_press_to_result(caller: Caller) -> None:
    request_id = await press(caller)
    status, claimed = await claim(caller("lab1"))
    assert status == 200
    assert claimed["request"]["request_id"] == request_id
    assert claimed["lease"]["attempt"] == 1
    assert claimed["lease"]["renew_every_seconds"] == 15
    token = claimed["lease"]["token"]
    status, renewed = await post(
        caller("lab1"),
        f"update-status/{request_id}/",
        {"lease_token": token, "status": "processing", "stage": "inferring", "progress": 0.5},
    )
    assert (status, renewed["cancel_requested"]) == (200, False)
    shown = (await caller("front end").get(f"{API}requests/{request_id}/")).json()["request"]
    assert (shown["stage"], shown["progress"], shown["worker"]) == ("inferring", 0.5, "lab1")
    body = success_body(token).model_dump_json()
    status, done = await post(caller("lab1"), f"complete-request/{request_id}/", body)
    assert (status, done["request"]["status"]) == (200, "completed")
    short = (await caller("front end").get(f"{API}status/{request_id}/")).json()
    assert short["result"]["segments"][0]["volume_ml"] == 1.0


async def test_a_claim_names_the_results_of_other_versions(caller: Caller) -> None:
    request_id = await press(caller)
    _, claimed = await claim(caller("lab1"))
    assert claimed["request"]["supersedes"] == []
    body = success_body(claimed["lease"]["token"]).model_dump_json()
    await post(caller("lab1"), f"complete-request/{request_id}/", body)
    earlier = SegmentationRequest.objects.filter(pk=request_id)
    await in_database(earlier.update, model_digest="0" * 64)
    await post(caller("front end"), "series/abc/segment/", {"force": True})
    _, claimed = await claim(caller("lab1"))
    [earlier] = claimed["request"]["supersedes"]
    assert (earlier["kind"], earlier["sop_instance_uid"]) == ("SEG", "2.25.1")


async def test_a_failure_is_shown_as_a_sentence(caller: Caller) -> None:
    request_id = await press(caller)
    _, claimed = await claim(caller("lab1"))
    status, ended = await post(
        caller("lab1"),
        f"complete-request/{request_id}/",
        {
            "success": False,
            "lease_token": claimed["lease"]["token"],
            "error_code": "undecodable_pixels",
            "error_parameters": {"instance_number": 7},
            "retryable": False,
        },
    )
    assert (status, ended["request"]["status"]) == (200, "failed")
    assert "7" in ended["request"]["problem"]["error"]


async def test_nothing_to_do_is_204(caller: Caller) -> None:
    assert await claim(caller("lab1")) == (204, {})


async def test_a_waiting_claim_is_answered_when_a_request_arrives(caller: Caller) -> None:
    waiting = asyncio.create_task(claim(caller("lab1"), wait_seconds=30))
    await asyncio.sleep(0)
    request_id = await press(caller)
    status, claimed = await waiting
    assert (status, claimed["request"]["request_id"]) == (200, request_id)


async def test_a_released_request_wakes_the_next_waiting_claim(caller: Caller) -> None:
    request_id = await press(caller)
    _, claimed = await claim(caller("lab1"))
    waiting = asyncio.create_task(claim(caller("lab2"), wait_seconds=30))
    await asyncio.sleep(0)
    token = claimed["lease"]["token"]
    status, _ = await post(caller("lab1"), f"release/{request_id}/", {"lease_token": token})
    assert status == 200
    status, second = await waiting
    assert (status, second["lease"]["attempt"]) == (200, 2)


async def test_a_foreign_or_forged_lease_is_409(caller: Caller) -> None:
    request_id = await press(caller)
    _, claimed = await claim(caller("lab1"))
    token = claimed["lease"]["token"]
    for name, shown in (("lab1", "forged"), ("lab2", token)):
        for path, body in (
            ("update-status", {"lease_token": shown, "status": "processing"}),
            ("release", {"lease_token": shown}),
            ("complete-request", success_body(shown).model_dump(mode="json")),
        ):
            status, answer = await post(caller(name), f"{path}/{request_id}/", body)
            assert (status, answer["code"]) == (409, "lease_lost")


@pytest.mark.parametrize("wait_seconds", [-1, 31])
async def test_a_wait_outside_the_limits_is_400(caller: Caller, wait_seconds: float) -> None:
    body = {**claim_body().model_dump(mode="json"), "wait_seconds": wait_seconds}
    status, answer = await post(caller("lab1"), "claim/", body)
    assert (status, answer["code"]) == (400, "invalid_request")
