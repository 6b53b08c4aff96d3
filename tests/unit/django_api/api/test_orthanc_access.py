from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime
from math import ceil
from typing import Any
from uuid import UUID

import pytest
from builders.orthanc_answers import OrthancAnswers
from builders.queue_payloads import claim_body
from builders.ticket_payload import payload_of
from django.test import AsyncClient
from pytest_django import Settings

from segrelay_api.database_calls import in_database
from segrelay_api.queue.models import SegmentationRequest

pytestmark = pytest.mark.django_db(transaction=True)

API = "/api/mri/segmentation/"
Caller = Callable[..., AsyncClient]


@pytest.fixture(autouse=True)
def one_series(orthanc: OrthancAnswers) -> None:
    orthanc.add_series("abc")


async def post(client: AsyncClient, path: str, body: object) -> dict[str, Any]:
    response = await client.post(API + path, body, content_type="application/json")
    assert response.status_code in {200, 202}, response.content
    answer: dict[str, Any] = response.json()
    return answer


async def claimed_by(caller: Caller, worker: str) -> dict[str, Any]:
    await post(caller("front end"), "series/abc/segment/", {})
    return await post(caller(worker), "claim/", claim_body(wait_seconds=0).model_dump_json())


async def renewed(caller: Caller, claimed: dict[str, Any]) -> dict[str, Any]:
    body = {"lease_token": claimed["lease"]["token"], "status": "processing"}
    path = f"update-status/{claimed['request']['request_id']}/"
    return await post(caller("lab1"), path, body)


def ends_at(lease: dict[str, Any]) -> float:
    return datetime.fromisoformat(lease["expires_at"]).timestamp()


async def second_after_lease(request_id: UUID) -> int:
    """The first whole one; answers name the end to the millisecond only."""
    request = await in_database(SegmentationRequest.objects.get, pk=request_id)
    assert request.lease_expires_at is not None
    return ceil(request.lease_expires_at.timestamp())


async def test_a_claim_carries_a_ticket_for_its_series_and_its_lease(caller: Caller) -> None:
    claimed = await claimed_by(caller, "lab1")
    said = payload_of(claimed["orthanc"]["ticket"])
    assert str(said.request) == claimed["request"]["request_id"]
    assert (said.attempt, said.series) == (1, ("abc",))
    assert said.study == claimed["request"]["inputs"][0]["study_id"]
    assert said.exp == await second_after_lease(said.request)
    assert said.exp - 1 <= ends_at(claimed["lease"]) <= said.exp
    assert said.exp - said.iat in {60, 61}


async def test_a_renewal_brings_a_ticket_that_lasts_as_long_as_the_new_lease(
    caller: Caller,
) -> None:
    claimed = await claimed_by(caller, "lab1")
    answer = await renewed(caller, claimed)
    assert answer["orthanc"]["url"] == claimed["orthanc"]["url"]
    said = payload_of(answer["orthanc"]["ticket"])
    assert (said.attempt, said.series) == (1, ("abc",))
    assert said.exp == await second_after_lease(said.request)
    assert said.exp - 1 <= ends_at(answer["lease"]) <= said.exp
    assert ends_at(answer["lease"]) > ends_at(claimed["lease"])


async def test_a_cancelled_request_brings_no_ticket(caller: Caller) -> None:
    claimed = await claimed_by(caller, "lab1")
    await post(caller("front end"), f"requests/{claimed['request']['request_id']}/cancel/", {})
    assert (await renewed(caller, claimed))["orthanc"] is None


async def test_the_old_protocol_has_no_tickets(caller: Caller) -> None:
    request_id = (await post(caller("front end"), "series/abc/segment/", {}))["request_id"]
    answer = await post(caller("lab1"), f"update-status/{request_id}/", {"status": "processing"})
    assert answer["lease"]["attempt"] == 1
    assert answer["orthanc"] is None


async def test_without_a_secret_no_ticket_is_issued_and_health_says_so(
    caller: Caller, settings: Settings
) -> None:
    health = caller("front end")
    assert (await health.get(f"{API}health/")).json()["tickets"] is True
    settings.SEGRELAY = dataclasses.replace(settings.SEGRELAY, ticket_secret="")
    assert (await health.get(f"{API}health/")).json()["tickets"] is False
    claimed = await claimed_by(caller, "lab1")
    assert claimed["orthanc"]["ticket"] is None
    assert (await renewed(caller, claimed))["orthanc"]["ticket"] is None
