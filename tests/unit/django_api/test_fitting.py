"""Which models fit, asked as the button asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from builders.hospital import API, GLIOMA, Hospital, rows
from builders.orthanc_answers import OrthancAnswers, series_uid, tags_row
from builders.queue_payloads import claim_body, offer, quarantined
from django.test import AsyncClient
from django.utils import timezone

from segrelay_api.database_calls import in_database
from segrelay_api.queue import workers

pytestmark = pytest.mark.django_db(transaction=True)

Caller = Callable[..., AsyncClient]
SKULL = offer("skull")


@pytest.fixture
async def hospital(orthanc: OrthancAnswers, caller: Caller) -> Hospital:
    """A study with a T1, a model for that alone and one that wants a FLAIR as well."""
    hospital = Hospital(orthanc, caller)
    await hospital.offer(SKULL, GLIOMA)
    await hospital.send("T", rows("1"), role="t1")
    return hospital


async def ask(hospital: Hospital, path: str) -> dict[str, Any]:
    response = await hospital.front_end.get(f"{API}{path}/models/")
    assert response.status_code == 200
    answer: dict[str, Any] = response.json()
    return answer


async def shown(hospital: Hospital, path: str = "series/T") -> dict[str, str]:
    """By model the first words of the reasons; empty where it fits."""
    models = (await ask(hospital, path))["models"]
    assert all(model["fits"] == (not model["reasons"]) for model in models)
    return {model["name"]: " | ".join(model["reasons"]) for model in models}


async def test_a_model_fits_where_a_press_would_be_taken(hospital: Hospital) -> None:
    models = await shown(hospital)
    assert models["skull"] == ""
    assert "also needs a flair series" in models["glioma"]
    await hospital.send("F", rows("2"), role="flair")
    assert await shown(hospital) == {"skull": "", "glioma": ""}
    assert (await hospital.press("T", model="glioma"))[0] == 202


async def test_what_fits_comes_first_with_its_version(hospital: Hospital) -> None:
    models = (await ask(hospital, "series/T"))["models"]
    assert [(one["name"], one["version"], one["fits"]) for one in models] == [
        ("skull", "1.0", True),
        ("glioma", "1.0", False),
    ]


async def test_two_series_of_one_role_are_told(hospital: Hospital) -> None:
    for name in ("F", "G"):
        await hospital.send(name, rows(name), role="flair")
    assert "has 2 of them" in (await shown(hospital))["glioma"]
    assert "has 2 of them" in (await shown(hospital, "studies/study-1"))["glioma"]


async def test_a_series_of_no_role_cannot_choose_its_own(hospital: Hospital) -> None:
    await hospital.send("X", rows("4"))
    assert "nobody knows which of them" in (await shown(hospital, "series/X"))["glioma"]


async def test_a_series_that_no_model_takes_says_so_beside_the_models(hospital: Hospital) -> None:
    await hospital.send("S", [tags_row(0)], role="t1")
    answer = await ask(hospital, "series/S")
    assert not any(model["fits"] for model in answer["models"])
    [reason] = answer["reasons"]
    assert "only one slice" in reason
    assert reason in answer["models"][0]["reasons"]


async def test_only_the_candidates_of_the_rules_fit(hospital: Hospital) -> None:
    await hospital.send("T", rows("1"), role="t1", candidates=("skull", "heart"))
    models = await shown(hospital)
    assert models["skull"] == ""
    assert "do not name the model glioma" in models["glioma"]
    assert "has offered the model heart yet" in models["heart"]


async def test_a_model_in_quarantine_everywhere_does_not_fit(hospital: Hospital) -> None:
    bad = claim_body(GLIOMA).model_copy(update={"quarantined": (quarantined(SKULL),)})
    await in_database(workers.record_claimer, worker="lab1", body=bad, now=timezone.now())
    assert "came to a bad end" in (await shown(hospital))["skull"]
    await in_database(
        workers.record_claimer, worker="lab2", body=claim_body(SKULL), now=timezone.now()
    )
    assert (await shown(hospital))["skull"] == ""


async def test_without_any_model_the_reason_is_told(
    orthanc: OrthancAnswers, caller: Caller
) -> None:
    hospital = Hospital(orthanc, caller)
    await hospital.send("T", rows("1"), role="t1")
    answer = await ask(hospital, "series/T")
    assert answer["models"] == []
    assert "has offered a model yet" in answer["reasons"][0]


async def test_a_series_that_was_never_told_is_judged_in_the_archive(hospital: Hospital) -> None:
    hospital.orthanc.add_series("U", rows("5"))
    assert (await shown(hospital, "series/U"))["skull"] == ""
    hospital.orthanc.add_series("V", [tags_row(0)])
    answer = await ask(hospital, "series/V")
    assert "only one slice" in answer["reasons"][0]


async def test_a_series_that_was_told_costs_the_archive_nothing(hospital: Hospital) -> None:
    hospital.orthanc.is_down = True
    assert (await shown(hospital))["skull"] == ""


async def test_a_series_may_be_named_by_its_uid(hospital: Hospital) -> None:
    assert (await shown(hospital, f"series/{series_uid('T')}"))["skull"] == ""


async def test_a_study_shows_the_models_that_find_all_their_series(hospital: Hospital) -> None:
    models = await shown(hospital, "studies/study-1")
    assert models["skull"] == ""
    assert "also needs a flair series" in models["glioma"]
    await hospital.send("F", rows("2"), role="flair")
    assert await shown(hospital, "studies/study-1") == {"skull": "", "glioma": ""}


async def test_a_study_without_tagged_series_says_so(
    orthanc: OrthancAnswers, caller: Caller
) -> None:
    hospital = Hospital(orthanc, caller)
    await hospital.offer(SKULL)
    answer = await ask(hospital, "studies/study-1")
    assert not answer["models"][0]["fits"]
    assert "No known model fits the tagged series" in answer["reasons"][0]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("series/nobody", "unknown_series"),
        ("series/%00", "unknown_series"),
        ("studies/nobody", "unknown_study"),
    ],
)
async def test_what_the_archive_does_not_hold_is_unknown(
    hospital: Hospital, path: str, code: str
) -> None:
    response = await hospital.front_end.get(f"{API}{path}/models/")
    assert (response.status_code, response.json()["code"]) == (404, code)


async def test_the_reasons_are_in_the_readers_language(hospital: Hospital, caller: Caller) -> None:
    response = await caller("front end", "ko").get(f"{API}series/T/models/")
    assert "flair 시리즈" in response.json()["models"][1]["reasons"][0]
