"""Presses on a whole study, each of which is one for every model that it feeds."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from builders.hospital import GLIOMA, Hospital, rows
from builders.orthanc_answers import OrthancAnswers
from builders.queue_payloads import claim_body, offer, success_body
from django.test import AsyncClient

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


async def complete_next(hospital: Hospital) -> None:
    body = claim_body(offer("skull"), GLIOMA).model_dump(mode="json")
    _, claimed = await hospital.post(hospital.lab, "claim/", body)
    done = success_body(claimed["lease"]["token"]).model_dump(mode="json")
    path = f"complete-request/{claimed['request']['request_id']}/"
    assert (await hospital.post(hospital.lab, path, done))[0] == 200


async def test_a_press_that_is_sent_twice_forces_each_model_once(
    hospital: Hospital, keyed: AsyncClient
) -> None:
    status, first = await hospital.post(keyed, STUDY, {"force": True})
    assert (status, len(first["requests"])) == (202, 2)
    for _ in first["requests"]:
        await complete_next(hospital)
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
