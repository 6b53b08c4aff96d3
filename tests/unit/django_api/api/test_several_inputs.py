"""Presses for a model that needs two series of a study."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from builders.hospital import API, GLIOMA, Hospital, Rows, rows
from builders.orthanc_answers import OrthancAnswers, series_uid
from builders.queue_payloads import claim_body, offer
from builders.ticket_payload import payload_of
from django.test import AsyncClient

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def hospital(orthanc: OrthancAnswers, caller: Callable[..., AsyncClient]) -> Hospital:
    """One study with a T1 and a FLAIR, and a model that wants both."""
    hospital = Hospital(orthanc, caller)
    await hospital.offer(GLIOMA)
    await hospital.send("T", rows("1"), role="t1")
    await hospital.send("F", rows("2"), role="flair")
    return hospital


@pytest.mark.parametrize("pressed", ["T", "F"])
async def test_the_other_series_of_the_study_is_found_by_its_tag(
    hospital: Hospital, pressed: str
) -> None:
    status, answer = await hospital.press(pressed, model="glioma")
    assert status == 202
    assert await hospital.inputs(answer["request_id"]) == {"t1": "T", "flair": "F"}


async def test_pressing_on_each_of_the_series_is_one_request(hospital: Hospital) -> None:
    _, first = await hospital.press("T")
    status, second = await hospital.press("F")
    assert (status, second["request_id"]) == (200, first["request_id"])


async def test_a_claim_tells_each_input_with_its_own_images(hospital: Hospital) -> None:
    await hospital.press("F")
    _, claimed = await hospital.post(
        hospital.lab, "claim/", claim_body(GLIOMA).model_dump(mode="json")
    )
    request = claimed["request"]
    t1, flair = request["inputs"]
    assert (t1["role"], t1["series_id"], t1["study_id"]) == ("t1", "T", "study-1")
    assert (flair["role"], flair["series_id"]) == ("flair", "F")
    assert (request["series_id"], request["instances_digest"]) == ("T", t1["instances_digest"])
    assert t1["instances_digest"] != flair["instances_digest"]
    said = payload_of(claimed["orthanc"]["ticket"])
    assert (said.series, said.study) == (("T", "F"), "study-1")


async def test_another_image_in_any_input_is_other_work(hospital: Hospital) -> None:
    _, first = await hospital.press("T")
    await hospital.send("F", rows("3"), role="flair")
    status, second = await hospital.press("T")
    assert status == 202
    assert second["request_id"] != first["request_id"]


async def test_a_role_that_no_series_has_is_missing(hospital: Hospital) -> None:
    await hospital.send("F", rows("2"))
    assert await hospital.refusal("T") == ["role_missing"]
    assert await hospital.refusal("T", model="glioma") == ["role_missing"]


async def test_a_tagged_series_that_is_gone_is_missing(hospital: Hospital) -> None:
    del hospital.orthanc.rows["F"]
    assert await hospital.refusal("T") == ["role_missing"]


async def test_of_several_series_for_a_role_the_caller_names_one(hospital: Hospital) -> None:
    await hospital.send("G", rows("3"), role="flair")
    assert await hospital.refusal("T") == ["role_ambiguous"]
    for named in ({"flair": "G"}, {"flair": series_uid("G"), "t1": "T"}, ["T", "G"]):
        status, answer = await hospital.press("T", sequence_series_ids=named)
        assert status in {200, 202}
        assert await hospital.inputs(answer["request_id"]) == {"t1": "T", "flair": "G"}


async def test_what_the_caller_names_wins_over_the_tags(hospital: Hospital) -> None:
    swapped = {"t1": "F", "flair": "T"}
    _, answer = await hospital.press("T", sequence_series_ids=swapped)
    assert await hospital.inputs(answer["request_id"]) == swapped


async def test_nobody_guesses_what_an_untagged_series_is(hospital: Hospital) -> None:
    await hospital.send("X", rows("4"))
    assert await hospital.refusal("X") == ["role_unknown"]
    _, answer = await hospital.press("X", sequence_series_ids={"flair": "F"})
    assert await hospital.inputs(answer["request_id"]) == {"t1": "X", "flair": "F"}


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"t2": "F"}, "t1, flair"),
        (["T"], "t1, flair"),
        ({"t1": "F", "flair": "F"}, "two roles"),
        ({"t1": "F", "flair": "X"}, "not among them"),
    ],
)
async def test_names_that_do_not_fit_the_model_are_told(
    hospital: Hospital, named: object, said: str
) -> None:
    await hospital.send("X", rows("4"))
    status, answer = await hospital.press("T", sequence_series_ids=named)
    assert (status, answer["code"]) == (400, "invalid_request")
    assert said in answer["error"]


async def test_series_cannot_be_named_for_a_model_that_nobody_knows(hospital: Hospital) -> None:
    status, answer = await hospital.press("T", model="new", sequence_series_ids={"t1": "T"})
    assert (status, answer["code"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("flair", "reasons"),
    [
        (rows("2", FrameOfReferenceUID="1.2.98"), ["different_frames_of_reference"]),
        (rows("2", start_mm=400.0), ["inputs_do_not_overlap"]),
        (rows("2", Modality="CT"), ["unsuitable_input", "wrong_modality"]),
    ],
)
async def test_series_that_cannot_go_together_are_refused_at_the_press(
    hospital: Hospital, flair: Rows, reasons: list[str]
) -> None:
    hospital.orthanc.add_series("F", flair)
    assert await hospital.refusal("T") == reasons


async def test_series_of_two_studies_do_not_go_together(hospital: Hospital) -> None:
    await hospital.send("X", rows("4"))
    hospital.orthanc.studies["X"] = "study-2"
    reasons = await hospital.refusal("T", sequence_series_ids={"flair": "X"})
    assert reasons == ["unsuitable_input", "other_study"]


async def test_a_model_may_allow_different_frames_of_reference(hospital: Hospital) -> None:
    await hospital.offer(GLIOMA.model_copy(update={"allow_different_frames_of_reference": True}))
    hospital.orthanc.add_series("F", rows("2", FrameOfReferenceUID="1.2.98"))
    assert (await hospital.press("T"))[0] == 202


async def test_where_a_series_is_missing_a_model_that_needs_one_is_taken(
    hospital: Hospital,
) -> None:
    await hospital.offer(GLIOMA, offer("skull"))
    await hospital.send("F", rows("2"))
    _, answer = await hospital.press("T")
    shown = (await hospital.front_end.get(f"{API}requests/{answer['request_id']}/")).json()
    assert shown["request"]["model"] == "skull"
    assert await hospital.inputs(answer["request_id"]) == {"": "T"}


async def test_a_study_is_asked_for_each_model_whose_roles_it_fills(hospital: Hospital) -> None:
    await hospital.offer(
        GLIOMA, offer("skull"), offer("heart").model_copy(update={"roles": ("x",)})
    )
    status, answer = await hospital.press("study-1", "studies")
    assert status == 202
    inputs = [await hospital.inputs(each["request_id"]) for each in answer["requests"]]
    assert inputs == [{"t1": "T", "flair": "F"}, {"": "T"}]


async def test_a_study_with_two_series_for_a_role_leaves_the_model_out_unless_it_is_named(
    hospital: Hospital,
) -> None:
    await hospital.offer(GLIOMA, offer("skull"))
    await hospital.send("G", rows("3"), role="flair")
    _, answer = await hospital.press("study-1", "studies")
    assert len(answer["requests"]) == 1
    status, answer = await hospital.press("study-1", "studies", model="glioma")
    assert (status, answer["reasons"][0]["code"]) == (422, "role_ambiguous")
