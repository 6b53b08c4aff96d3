from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from builders.archive_listing import PNG, ArchiveListing
from builders.claims import claim_next
from builders.queue_payloads import claimer, success_body, work
from builders.result_picture import PICTURE_INSTANCE, success_with_picture
from django.test import AsyncClient

from segrelay_api.database_calls import in_database
from segrelay_api.queue import transitions
from segrelay_contract.requests import Priority

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 2, 1, tzinfo=UTC)
Caller = Callable[..., AsyncClient]


def completed_request(*, has_picture: bool) -> UUID:
    transitions.create_request(work=work(1), priority=Priority.ROUTINE, actor="test", now=NOW)
    claimed = claim_next(claimer=claimer(), lease_seconds=60, now=NOW)
    assert claimed is not None
    report = success_with_picture if has_picture else success_body
    transitions.complete(
        request_id=claimed.id,
        worker="lab1",
        body=report(claimed.lease_token),
        now=NOW + timedelta(seconds=1),
    )
    return claimed.id


async def test_the_picture_comes_from_the_requests_secondary_capture(
    caller: Caller, archive: ArchiveListing
) -> None:
    archive.pictures[PICTURE_INSTANCE] = PNG
    request_id = await in_database(completed_request, has_picture=True)
    response = await caller("front end").get(f"/requests/{request_id}/picture/")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "image/png"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.content == PNG


async def test_a_result_without_a_picture_says_so(caller: Caller, archive: ArchiveListing) -> None:
    request_id = await in_database(completed_request, has_picture=False)
    response = await caller("front end").get(f"/requests/{request_id}/picture/")
    assert response.status_code == 404
    assert "There is no picture of this request" in response.content.decode()


async def test_a_picture_that_was_deleted_in_orthanc_says_so(
    caller: Caller, archive: ArchiveListing
) -> None:
    request_id = await in_database(completed_request, has_picture=True)
    response = await caller("front end").get(f"/requests/{request_id}/picture/")
    assert response.status_code == 404
    assert "There is no picture of this request" in response.content.decode()


async def test_an_unknown_request_has_no_picture(caller: Caller, archive: ArchiveListing) -> None:
    response = await caller("front end").get(f"/requests/{uuid4()}/picture/")
    assert response.status_code == 404
    assert "There is no request with this number." in response.content.decode()


async def test_without_orthanc_the_picture_is_a_sentence(
    caller: Caller, archive: ArchiveListing
) -> None:
    request_id = await in_database(completed_request, has_picture=True)
    archive.is_down = True
    response = await caller("front end").get(f"/requests/{request_id}/picture/")
    assert response.status_code == 503
    assert "(Orthanc) does not answer." in response.content.decode()


async def test_strangers_and_workers_do_not_see_pictures(
    async_client: AsyncClient, caller: Caller, archive: ArchiveListing
) -> None:
    path = f"/requests/{uuid4()}/picture/"
    assert (await async_client.get(path)).status_code == 401
    assert (await caller("lab1").get(path)).status_code == 403
