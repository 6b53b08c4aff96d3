"""Presses on a whole study, each of which is one for every model that it feeds."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from builders.hospital import GLIOMA, Hospital, rows
from builders.orthanc_answers import OrthancAnswers
from builders.queue_payloads import offer
from django.test import AsyncClient

from segrelay_contract.leases import ModelOffer

pytestmark = pytest.mark.django_db(transaction=True)

STUDY = "studies/study-1/segment/"
Caller = Callable[..., AsyncClient]


@pytest.fixture
async def hospital(orthanc: OrthancAnswers, caller: Caller) -> Hospital:
    """One study with a T1 and a FLAIR, and two models that it feeds."""
    hospital = Hospital(orthanc, caller)
    await hospital.offer(offer("skull"), GLIOMA)
    await hospital.send("T", rows("1"), role="t1")
    await hospital.send("F", rows("2"), role="flair")
    return hospital


@pytest.fixture
def keyed(caller: Caller) -> AsyncClient:
    return caller("front end", **{"Idempotency-Key": "k" * 128})


async def test_a_press_that_is_sent_twice_forces_each_model_once(
    hospital: Hospital, keyed: AsyncClient
) -> None:
    status, first = await hospital.post(keyed, STUDY, {"force": True})
    assert (status, len(first["requests"])) == (202, 2)
    for _ in first["requests"]:
        await hospital.complete_next()
    status, again = await hospital.post(keyed, STUDY, {"force": True})
    assert status == 200
    ids = [[each["request_id"] for each in answer["requests"]] for answer in (first, again)]
    assert ids[0] == ids[1]
    assert len(await hospital.requests()) == 2


async def test_a_press_that_is_sent_twice_is_one_although_its_series_is_another_by_now(
    hospital: Hospital, keyed: AsyncClient
) -> None:
    skull = {"model": "skull", "force": True}
    _, first = await hospital.post(keyed, STUDY, skull)
    await hospital.tell("T", rows("1")[:1])  # no t1 any more
    await hospital.send("U", rows("3"), role="t1")
    status, again = await hospital.post(keyed, STUDY, skull)
    assert status == 200
    assert again["requests"][0]["request_id"] == first["requests"][0]["request_id"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (STUDY, {"force": True, "model": "skull"}),
        (STUDY, {"force": True, "threshold": 0.4}),
        ("studies/1.2/segment/", {"force": True}),
        ("series/T/segment/", {"force": True}),
    ],
)
async def test_a_key_does_not_serve_for_another_press(
    hospital: Hospital, keyed: AsyncClient, path: str, body: dict[str, object]
) -> None:
    await hospital.post(keyed, STUDY, {"force": True})
    status, answer = await hospital.post(keyed, path, body)
    assert (status, answer["code"]) == (409, "idempotency_key_reused")
    assert len(await hospital.requests()) == 2


@pytest.mark.parametrize("offers", [(GLIOMA, offer("skull")), (offer("skull"), GLIOMA)])
async def test_a_model_that_does_not_take_the_series_keeps_no_other_from_them(
    hospital: Hospital, offers: tuple[ModelOffer, ...]
) -> None:
    await hospital.offer(*offers)
    await hospital.send("F", rows("2", FrameOfReferenceUID="1.2.98"), role="flair")
    status, answer = await hospital.press("study-1", "studies")
    assert (status, len(answer["requests"])) == (202, 1)
    assert [request["model"] for request in await hospital.requests()] == ["skull"]
    status, answer = await hospital.press("study-1", "studies", model="glioma")
    assert (status, answer["reasons"][0]["code"]) == (422, "different_frames_of_reference")


async def test_named_series_are_for_the_models_that_have_their_roles(hospital: Hospital) -> None:
    status, _ = await hospital.press("study-1", "studies", sequence_series_ids={"flair": "F"})
    assert status == 202
    assert [request["model"] for request in await hospital.requests()] == ["glioma"]


async def test_where_no_model_can_be_pressed_the_first_ones_reason_is_told(
    hospital: Hospital,
) -> None:
    del hospital.orthanc.rows["T"]
    status, answer = await hospital.press("study-1", "studies")
    assert (status, answer["code"]) == (404, "unknown_series")
