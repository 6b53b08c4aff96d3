"""A series that came whole, as it seemed, and then got more images."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from builders.hospital import API, GLIOMA, Hospital, rows
from builders.orthanc_answers import OrthancAnswers
from builders.queue_payloads import offer
from django.test import AsyncClient

from segrelay_api.archive import mirror
from segrelay_api.archive.orthanc_client import orthanc_client
from segrelay_api.database_calls import in_database
from segrelay_api.state_mirror.mirror import StateMirror

pytestmark = pytest.mark.django_db(transaction=True)

WHOLE = rows("1")
PART = WHOLE[:4]


@pytest.fixture
async def hospital(orthanc: OrthancAnswers, caller: Callable[..., AsyncClient]) -> Hospital:
    hospital = Hospital(orthanc, caller)
    await hospital.offer(offer("skull"))
    await hospital.tell("T", PART, role="t1")
    return hospital


async def pressed(hospital: Hospital, series: str = "T", **body: Any) -> str:
    _, answer = await hospital.press(series, **body)
    return str(answer["request_id"])


async def outdated(hospital: Hospital) -> list[bool]:
    return [request["outdated"] for request in await hospital.requests()]


async def kinds(hospital: Hospital, request_id: str) -> list[str]:
    answer = await hospital.front_end.get(f"{API}requests/{request_id}/events/?format=json")
    return [event["kind"] for event in answer.json()["events"]]


@pytest.mark.parametrize("is_done", [False, True])
async def test_a_request_of_the_incomplete_series_is_outdated_once(
    hospital: Hospital,
    is_done: bool,  # noqa: FBT001 - of a parametrised test
) -> None:
    request_id = await pressed(hospital)
    if is_done:
        await hospital.complete_next()
    for _ in range(2):
        await hospital.tell("T", WHOLE, role="t1")
    assert await outdated(hospital) == [True]
    assert (await kinds(hospital, request_id)).count("outdated") == 1


async def test_the_same_series_again_outdates_nothing(hospital: Hospital) -> None:
    await pressed(hospital)
    await hospital.tell("T", PART, role="t1")
    assert await outdated(hospital) == [False]


async def test_a_late_event_of_the_part_outdates_no_request_of_the_whole(
    hospital: Hospital,
) -> None:
    hospital.orthanc.add_series("T", WHOLE)
    await pressed(hospital)
    await hospital.tell("T", WHOLE, role="t1", headers=PART)
    assert await outdated(hospital) == [False]


async def test_what_was_deleted_and_sent_again_as_it_was_is_outdated_until_the_next_press(
    hospital: Hospital,
) -> None:
    request_id = await pressed(hospital)
    await hospital.complete_next()
    for images in (PART[:2], PART):
        await hospital.tell("T", images, role="t1")
    assert await outdated(hospital) == [True]
    for _ in range(2):
        assert await pressed(hospital) == request_id
    assert await outdated(hospital) == [False]
    assert (await kinds(hospital, request_id)).count("up_to_date") == 1


async def test_a_cancelled_request_stays_as_it_is(hospital: Hospital) -> None:
    request_id = await pressed(hospital)
    await hospital.post(hospital.front_end, f"requests/{request_id}/cancel/", {})
    await hospital.tell("T", WHOLE, role="t1")
    assert await outdated(hospital) == [False]


async def test_of_several_inputs_each_can_outdate_the_request(hospital: Hospital) -> None:
    await hospital.offer(GLIOMA)
    flair = rows("2")
    await hospital.tell("F", flair[:4], role="flair")
    await pressed(hospital, model="glioma")
    await hospital.tell("G", rows("3"), role="flair")  # another series is none of its inputs
    assert await outdated(hospital) == [False]
    await hospital.tell("F", flair, role="flair")
    assert await outdated(hospital) == [True]


async def test_nothing_is_pressed_for_a_grown_series_unless_the_rule_says_so(
    hospital: Hospital,
) -> None:
    await pressed(hospital)
    await hospital.tell("T", WHOLE, role="t1", request_now=True)
    assert await outdated(hospital) == [True]


async def test_a_rule_has_a_grown_series_analysed_again_as_before_and_once(
    hospital: Hospital,
) -> None:
    await pressed(hospital, model="skull", threshold=0.25)
    event = {"role": "t1", "again_when_grown": True, "priority": "urgent"}
    event_id = await hospital.tell("T", WHOLE, **event)
    await hospital.tell("T", WHOLE, **event, event_id=event_id)
    await hospital.tell("T", WHOLE, **event)
    before, after = await hospital.requests()
    assert (before["outdated"], after["outdated"]) == (True, False)
    assert (after["model"], after["threshold"], after["priority"]) == ("skull", 0.25, "urgent")


async def test_several_inputs_are_asked_for_again_with_the_same_series(
    hospital: Hospital,
) -> None:
    await hospital.offer(GLIOMA)
    await hospital.tell("F", rows("2")[:4], role="flair")
    await hospital.tell("G", rows("3"), role="flair")
    request_id = await pressed(hospital, model="glioma", sequence_series_ids={"flair": "F"})
    await hospital.tell("F", rows("2"), role="flair", again_when_grown=True)
    _, after = await hospital.requests()
    assert await hospital.inputs(after["request_id"]) == await hospital.inputs(request_id)


async def test_a_series_that_only_now_suffices_is_asked_for(hospital: Hospital) -> None:
    await hospital.tell("S", rows("6")[:1], role="t1", request_now=True)
    assert await hospital.requests() == []
    await hospital.tell("S", rows("6"), role="t1", request_now=True)
    assert len(await hospital.requests()) == 1


async def test_the_archive_is_told_that_a_result_is_outdated_and_anew_when_it_is_sent_again(
    hospital: Hospital,
) -> None:
    mirror = StateMirror(orthanc_client())
    await pressed(hospital)
    await mirror.tell_all()
    await hospital.tell("T", WHOLE, role="t1")
    await mirror.tell_all()
    await hospital.tell("T", WHOLE, role="t1")
    await mirror.tell_all()
    assert [state["outdated"] for _, state in hospital.orthanc.states] == [False, True, True]


async def test_a_series_that_grew_into_no_candidate_is_forgotten_and_its_request_outdated(
    hospital: Hospital,
) -> None:
    await pressed(hospital)
    assert await in_database(mirror.role_of, series_id="T") == "t1"
    await hospital.tell("T", WHOLE, candidate=False)
    assert await in_database(mirror.role_of, series_id="T") == ""
    assert await outdated(hospital) == [True]
