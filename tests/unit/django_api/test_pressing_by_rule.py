"""What tagging rules ask for, told by the plugin's events."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from builders.hospital import GLIOMA, Hospital, rows
from builders.orthanc_answers import OrthancAnswers
from builders.queue_payloads import claim_body, offer
from django.test import AsyncClient

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.results import FailureBody

pytestmark = pytest.mark.django_db(transaction=True)
FOR_STUDY = {"request_now": True, "request_for": "study"}


@pytest.fixture
async def hospital(orthanc: OrthancAnswers, caller: Callable[..., AsyncClient]) -> Hospital:
    hospital = Hospital(orthanc, caller)
    await hospital.offer(offer("skull"), GLIOMA)
    return hospital


async def models(hospital: Hospital) -> list[str]:
    return sorted(request["model"] for request in await hospital.requests())


async def test_a_rule_says_how_urgent_it_is(hospital: Hospital) -> None:
    await hospital.tell("T", rows("1"), role="t1", request_now=True, priority="background")
    [request] = await hospital.requests()
    assert (request["priority"], request["model"]) == ("background", "skull")


async def test_a_study_is_asked_for_each_model_as_soon_as_its_roles_are_there(
    hospital: Hospital,
) -> None:
    await hospital.tell("T", rows("1"), role="t1", **FOR_STUDY)
    assert await models(hospital) == ["skull"]
    await hospital.tell("F", rows("2"), role="flair", **FOR_STUDY, priority="urgent")
    assert await models(hospital) == ["glioma", "skull"]
    glioma = (await hospital.requests())[-1]
    assert glioma["priority"] == "urgent"
    assert await hospital.inputs(glioma["request_id"]) == {"t1": "T", "flair": "F"}


async def test_only_the_candidates_of_the_rule_are_asked_for(hospital: Hospital) -> None:
    await hospital.tell("F", rows("2"), role="flair")
    await hospital.tell("T", rows("1"), role="t1", **FOR_STUDY, candidate_models=["glioma"])
    assert await models(hospital) == ["glioma"]


async def test_a_series_that_cannot_be_used_asks_for_nothing(hospital: Hospital) -> None:
    await hospital.tell("T", rows("1"), role="t1")
    await hospital.tell("S", rows("3")[:1], role="t1", **FOR_STUDY)
    assert await hospital.requests() == []


async def test_no_model_is_guessed_where_two_series_could_be_its_further_input(
    hospital: Hospital,
) -> None:
    for name in ("F", "G"):
        await hospital.tell(name, rows(name), role="flair")
    await hospital.tell("T", rows("1"), role="t1", **FOR_STUDY)
    assert await models(hospital) == ["skull"]


async def test_an_event_that_comes_again_when_another_series_feeds_the_model_presses_that_one(
    hospital: Hospital,
) -> None:
    await hospital.tell("T", rows("1"), role="t1")
    event = {"role": "flair", **FOR_STUDY}
    event_id = await hospital.tell("F", rows("2"), **event)
    gone = {"event": "series_deleted", "event_id": str(uuid4()), "series_id": "T"}
    await hospital.post(hospital.plugin, "orthanc-events/", gone)
    await hospital.tell("U", rows("3"), role="t1")
    await hospital.tell("F", rows("2"), **event, event_id=event_id)
    pressed = await hospital.requests()
    assert [(one["model"], one["series_id"]) for one in pressed] == [
        ("glioma", "T"),
        ("glioma", "U"),
    ]


@pytest.mark.parametrize("request_for", ["series", "study"])
@pytest.mark.parametrize("ends", ["cancelled", "failed"])
async def test_an_event_that_comes_again_revives_nothing_and_a_new_one_asks_anew(
    hospital: Hospital, request_for: str, ends: str
) -> None:
    event = {"role": "t1", "request_now": True, "request_for": request_for}
    event_id = await hospital.tell("T", rows("1"), **event, candidate_models=["skull"])
    await end(hospital, ends)
    await hospital.tell("T", rows("1"), **event, candidate_models=["skull"], event_id=event_id)
    [request] = await hospital.requests()
    assert request["status"] == ends
    await hospital.tell("T", rows("1"), **event, candidate_models=["skull"])
    assert [one["status"] for one in await hospital.requests()] == [ends, "pending"]


async def end(hospital: Hospital, how: str) -> None:
    [request] = await hospital.requests()
    if how == "cancelled":
        await hospital.post(hospital.front_end, f"requests/{request['request_id']}/cancel/", {})
        return
    body = claim_body(offer("skull")).model_dump(mode="json")
    _, claimed = await hospital.post(hospital.lab, "claim/", body)
    failure = FailureBody(
        success=False,
        lease_token=claimed["lease"]["token"],
        error_code=ErrorCode.MODEL_FAILED,
        retryable=False,
    )
    path = f"complete-request/{request['request_id']}/"
    await hospital.post(hospital.lab, path, failure.model_dump(mode="json"))
