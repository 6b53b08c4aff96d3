"""A worker stores its result and dies before it says so: real Orthanc, plugin and Django."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from builders.mr_series import build_series
from builders.queue_payloads import claim_body, offer, success_body
from builders.results_of import results_of
from integration.conftest import AnOrthanc
from integration.django_server import PLUGIN_TOKEN, WORKER_TOKENS, DjangoServer
from integration.queue_api import QueueApi
from integration.sending import send_by_rest
from integration.system import System
from integration.unique_series import unique
from pydicom import Dataset

from segrelay_contract import paths
from segrelay_contract.events import EventList
from segrelay_contract.leases import ClaimAnswer
from segrelay_contract.status import Outcome, RequestStatus
from segrelay_contract.tickets import HEADER
from segrelay_worker.segmenters.package import load_package

LEASE_SECONDS = 3.0


@pytest.fixture
def system(tmp_path: Path, new_orthanc: AnOrthanc) -> Iterator[System]:
    orthanc = new_orthanc(tmp_path / "orthanc", plugin_token=PLUGIN_TOKEN)
    django = DjangoServer(
        tmp_path / "django", orthanc.url, orthanc.django, lease_seconds=LEASE_SECONDS
    )
    orthanc.django_url = django.api_url
    with orthanc, django:
        yield System(tmp_path, orthanc, django)


@pytest.fixture
def front_end(system: System) -> Iterator[QueueApi]:
    with system.django.api() as api:
        yield api


@pytest.fixture
def worker(system: System) -> Iterator[QueueApi]:
    with system.django.api(WORKER_TOKENS["lab1"]) as api:
        yield api


def claim(worker: QueueApi, package: Path) -> ClaimAnswer:
    model = load_package(package)
    offered = offer(model.name, model.digest)
    answer = worker.post(paths.CLAIM, claim_body(offered, wait_seconds=20).model_dump(mode="json"))
    return ClaimAnswer.model_validate(answer.json())


def hand_in(system: System, claimed: ClaimAnswer, content: bytes) -> dict[str, Any]:
    answer = system.archive.call(
        "POST",
        f"/segrelay/requests/{claimed.request.request_id}/results",
        data=content,
        auth=system.archive.worker,
        headers={HEADER: claimed.orthanc.ticket or ""},
    )
    assert answer.status_code == 200, answer.text
    stored: dict[str, Any] = answer.json()
    return stored


def ends(front_end: QueueApi, request_id: UUID) -> list[tuple[str, str]]:
    answer = front_end.get(f"{paths.request(request_id)}events/?format=json")
    events = EventList.model_validate(answer.json()).events
    return [(event.kind, event.actor) for event in events if event.kind != "create"]


def test_what_is_stored_completes_the_request_when_the_lease_has_run_out(
    system: System, front_end: QueueApi, worker: QueueApi, tmp_path: Path
) -> None:
    images: list[Dataset] = build_series(unique())
    files = results_of(tmp_path / "work", images)
    series_id = send_by_rest(system.archive, images)
    request_id = front_end.press(series_id).request_id
    claimed = claim(worker, tmp_path / "work" / "package")
    stored = {kind: hand_in(system, claimed, content) for kind, content in files.items()}
    view = front_end.wait_for_end(request_id)
    assert (view.status, view.outcome) == (RequestStatus.COMPLETED, Outcome.SEGMENTED)
    assert view.result is not None
    assert [(one.kind, one.orthanc_id) for one in view.result.objects] == [
        (kind, answer["orthanc_id"]) for kind, answer in stored.items()
    ]
    assert view.result.segments[0].voxel_count > 0
    assert ends(front_end, request_id) == [("claim", "lab1"), ("complete", "orthanc")]
    late = success_body(claimed.lease.token).model_dump(mode="json")
    assert worker.post(paths.complete_request(request_id), late).status_code == 200
    assert front_end.show(request_id).result == view.result
