from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from builders.orthanc_answers import OrthancAnswers, tags_row
from builders.queue_payloads import claim_body, offer
from django.test import AsyncClient

from segrelay_api.database_calls import in_database
from segrelay_api.queue import workers
from segrelay_api.queue.models import SegmentationRequest
from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.leases import ModelOffer
from segrelay_contract.series_rules.attributes import Attribute

pytestmark = pytest.mark.django_db(transaction=True)

API = "/api/mri/segmentation/"
Caller = Callable[..., AsyncClient]


async def press(
    client: AsyncClient, series: str = "abc", **body: Any
) -> tuple[int, dict[str, Any]]:
    response = await client.post(
        f"{API}series/{series}/segment/", body, content_type="application/json"
    )
    return response.status_code, response.json()


async def test_a_press_makes_a_request_that_says_what_it_waits_for(
    caller: Caller, orthanc: OrthancAnswers
) -> None:
    orthanc.add_series("abc")
    status, answer = await press(caller("front end"))
    assert status == 202
    assert answer["status"] == "pending"
    assert answer["position"] == 1
    assert answer["waiting_for"] == {"reason": "no_worker_online", "requests_ahead": 0}
    shown = (await caller("front end").get(f"{API}requests/{answer['request_id']}/")).json()
    assert shown["request"]["series_id"] == "abc"
    assert shown["request"]["problem"] is None


ECHOES = [tags_row(index, EchoTime=time) for time in ("2.5", "7.4") for index in range(5)]


async def offer_models(*offers: ModelOffer) -> None:
    body = claim_body(*offers)
    await in_database(workers.record_claimer, worker="lab1", body=body, now=datetime.now(UTC))


async def test_of_several_volumes_the_models_own_rule_chooses(
    caller: Caller, orthanc: OrthancAnswers
) -> None:
    orthanc.add_series("abc", ECHOES)
    await offer_models(offer("any"), offer("echo", volume_rule={Attribute.ECHO_TIME: "first"}))
    status, refusal = await press(caller("front end"), model="any")
    assert status == 422
    assert [reason["code"] for reason in refusal["reasons"]] == [ErrorCode.SEVERAL_VOLUMES]
    status, _ = await press(caller("front end"), model="echo")
    assert status == 202


async def test_a_missing_slice_is_let_pass_where_the_model_lets_it_be_interpolated(
    caller: Caller, orthanc: OrthancAnswers
) -> None:
    orthanc.add_series("abc", [tags_row(index) for index in (0, 1, 3, 4, 5)])
    lenient = offer("lenient").model_copy(update={"interpolate_missing_slice": True})
    await offer_models(offer("strict"), lenient)
    assert (await press(caller("front end"), model="strict"))[0] == 422
    assert (await press(caller("front end"), model="lenient"))[0] == 202


async def test_a_press_that_names_no_model_takes_the_one_that_can_choose(
    caller: Caller, orthanc: OrthancAnswers
) -> None:
    orthanc.add_series("abc", ECHOES)
    await offer_models(offer("any"))
    assert (await press(caller("front end")))[0] == 422
    await offer_models(offer("any"), offer("echo", volume_rule={Attribute.ECHO_TIME: "7.4"}))
    status, answer = await press(caller("front end"))
    assert status == 202
    shown = (await caller("front end").get(f"{API}requests/{answer['request_id']}/")).json()
    assert shown["request"]["model"] == "echo"


async def test_a_press_without_a_body_is_a_press(caller: Caller, orthanc: OrthancAnswers) -> None:
    orthanc.add_series("abc")
    response = await caller("front end").generic("POST", f"{API}series/abc/segment/")
    assert response.status_code == 202


async def test_a_second_press_returns_the_first_request(
    caller: Caller, orthanc: OrthancAnswers
) -> None:
    orthanc.add_series("abc")
    _, first = await press(caller("front end"))
    status, second = await press(caller("front end"))
    assert status == 200
    assert second["deduplicated"] is True
    assert second["request_id"] == first["request_id"]


async def test_a_series_instance_uid_names_the_same_series(
    caller: Caller, orthanc: OrthancAnswers
) -> None:
    orthanc.add_series("abc")
    _, first = await press(caller("front end"))
    series_uid = f"1.2.840.99.{sum(b'abc')}"
    _, second = await press(caller("front end"), series=series_uid)
    assert second["request_id"] == first["request_id"]


async def test_an_unknown_series_is_404(caller: Caller, orthanc: OrthancAnswers) -> None:
    status, answer = await press(caller("front end"))
    assert (status, answer["code"]) == (404, "unknown_series")
    assert orthanc.asked


async def test_an_unsuitable_series_is_422_with_reasons_in_the_readers_language(
    caller: Caller, orthanc: OrthancAnswers
) -> None:
    orthanc.add_series("abc", [tags_row(index, Modality="CT") for index in range(3)])
    status, answer = await press(caller("front end"))
    assert (status, answer["code"]) == (422, "unsuitable_series")
    assert [reason["code"] for reason in answer["reasons"]] == [ErrorCode.WRONG_MODALITY]
    assert "CT" in answer["reasons"][0]["error"]
    _, korean = await press(caller("front end", "ko"))
    assert korean["reasons"][0]["code"] == ErrorCode.WRONG_MODALITY
    assert korean["reasons"][0]["error"] != answer["reasons"][0]["error"]


async def test_an_archive_that_does_not_answer_is_503_and_makes_no_request(
    caller: Caller, orthanc: OrthancAnswers
) -> None:
    orthanc.is_down = True
    status, answer = await press(caller("front end"))
    assert (status, answer["code"]) == (503, "orthanc_unreachable")
    assert await in_database(SegmentationRequest.objects.count) == 0


@pytest.mark.parametrize(
    "body",
    [{"threshold": 1.5}, {"threshold": "high"}, {"priority": "now"}, {"model": ""}],
)
async def test_malformed_bodies_are_400_and_name_the_field(
    caller: Caller, orthanc: OrthancAnswers, body: dict[str, Any]
) -> None:
    orthanc.add_series("abc")
    status, answer = await press(caller("front end"), **body)
    assert (status, answer["code"]) == (400, "invalid_request")
    assert next(iter(body)) in answer["error"]


async def test_broken_json_is_400(caller: Caller, orthanc: OrthancAnswers) -> None:
    response = await caller("front end").post(
        f"{API}series/abc/segment/", b"{", content_type="application/json"
    )
    assert (response.status_code, response.json()["code"]) == (400, "invalid_request")
    assert orthanc.asked == []


async def test_lists_filter_and_page_newest_first(caller: Caller, orthanc: OrthancAnswers) -> None:
    client = caller("front end")
    for name in ("a", "b", "c"):
        orthanc.add_series(name, [tags_row(index, z_mm=ord(name) + index) for index in range(3)])
    for name, threshold in (("a", 0.1), ("b", 0.2), ("c", 0.3)):
        await press(client, series=name, threshold=threshold)
    page = (await client.get(f"{API}requests/?limit=2")).json()
    assert page["count"] == 3
    assert [request["series_id"] for request in page["requests"]] == ["c", "b"]
    only = (await client.get(f"{API}requests/?series_id=a&status=pending")).json()
    assert [request["series_id"] for request in only["requests"]] == ["a"]
    waiting = (await client.get(f"{API}pending-requests/")).json()
    assert [request["position"] for request in waiting["requests"]] == [1, 2, 3]


async def test_an_unknown_request_is_404(caller: Caller) -> None:
    nil = "00000000-0000-0000-0000-000000000000"
    response = await caller("front end").get(f"{API}requests/{nil}/")
    assert (response.status_code, response.json()["code"]) == (404, "unknown_request")


async def test_answers_may_not_be_kept_or_framed(caller: Caller) -> None:
    response = await caller("front end").get(f"{API}requests/")
    assert response.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
