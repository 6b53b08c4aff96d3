from __future__ import annotations

from collections.abc import Callable

import pytest
from builders.queue_payloads import claim_body
from django.test import AsyncClient

from segrelay_api.database_calls import in_database
from segrelay_api.queue.models import WorkerSeen

pytestmark = pytest.mark.django_db(transaction=True)

API = "/api/mri/segmentation/"
Caller = Callable[..., AsyncClient]


async def claim_with_labels(caller: Caller, labels: str) -> int:
    body = claim_body().model_dump_json().replace('"labels":{}', f'"labels":{labels}')
    answer = await caller("lab1").post(f"{API}claim/", body, content_type="application/json")
    return answer.status_code


@pytest.mark.parametrize("escape", [r"\u0000", r"\ud800", r"\udfff\ud800"])
@pytest.mark.parametrize("labels", ['{{"site":"{}"}}', '{{"{}":"site"}}'])
async def test_text_that_cannot_be_stored_is_refused_wherever_it_stands(
    caller: Caller, escape: str, labels: str
) -> None:
    assert await claim_with_labels(caller, labels.format(escape)) == 400


@pytest.mark.parametrize("text", [r"\uc11c\uc6b8", r"\ud83e\udde0", r"\\u0000", "서울"])
async def test_other_text_is_stored_however_it_is_spelt(caller: Caller, text: str) -> None:
    assert await claim_with_labels(caller, f'{{"site":"{text}"}}') == 204
    seen = await in_database(WorkerSeen.objects.get)
    assert seen.labels["site"] in {"서울", "\N{BRAIN}", r"\u0000"}


@pytest.mark.parametrize("name", ["series_id", "study_uid", "model"])
async def test_a_filter_that_no_text_can_match_is_refused(caller: Caller, name: str) -> None:
    answer = await caller("front end").get(f"{API}requests/?{name}=a%00b")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


async def test_a_page_further_than_databases_count_is_refused(caller: Caller) -> None:
    answer = await caller("front end").get(f"{API}requests/?offset={2**63}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
