"""A real Django tells the plugin in a real Orthanc how requests are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from builders.minimal_mr import mr_series
from builders.queue_payloads import claim_body, offer, success_body
from integration.conftest import AnOrthanc
from integration.django_server import PLUGIN_TOKEN, WORKER_TOKENS, DjangoServer
from integration.polling import until
from integration.queue_api import QueueApi
from integration.sending import send_by_rest
from integration.system import System

from segrelay_contract import paths


@pytest.fixture
def system(tmp_path: Path, new_orthanc: AnOrthanc) -> Iterator[System]:
    orthanc = new_orthanc(tmp_path / "orthanc", plugin_token=PLUGIN_TOKEN)
    django = DjangoServer(tmp_path / "django", orthanc.url, orthanc.django)
    orthanc.django_url = django.api_url
    with orthanc, django:
        yield System(tmp_path, orthanc, django)


@pytest.fixture
def front_end(system: System) -> Iterator[QueueApi]:
    with system.django.api() as api:
        yield api


def shown(system: System, series_id: str) -> list[dict[str, Any]]:
    states: list[dict[str, Any]] = system.archive.get(f"/segrelay/series/{series_id}")["states"]
    return states


def wait_for_states(system: System, series_id: str, *wanted: tuple[str, bool]) -> None:
    """Until the archive shows these: status, and whether it is outdated."""

    def as_wanted() -> bool:
        found = [(state["status"], state["outdated"]) for state in shown(system, series_id)]
        return sorted(found) == sorted(wanted)

    until(as_wanted, what=lambda: f"{wanted} shown, not {shown(system, series_id)}")


def complete_next(system: System, model: str | None) -> None:
    with system.django.api(WORKER_TOKENS["lab1"]) as worker:
        body = claim_body(offer(model or "brain")).model_dump(mode="json")
        claimed = worker.post(paths.CLAIM, body | {"claim_id": str(uuid4())}).json()
        done = success_body(claimed["lease"]["token"]).model_dump(mode="json")
        path = paths.complete_request(claimed["request"]["request_id"])
        assert worker.post(path, done).status_code == 200


def test_the_archive_shows_each_state_also_those_of_the_time_when_it_was_down(
    system: System, front_end: QueueApi
) -> None:
    series_id = send_by_rest(system.archive, mr_series())
    request_id = front_end.press(series_id).request_id
    wait_for_states(system, series_id, ("pending", False))
    system.archive.kill()
    complete_next(system, front_end.show(request_id).model)
    system.archive.start()
    wait_for_states(system, series_id, ("completed", False))


def test_what_django_did_not_tell_before_it_died_is_told_by_the_next(
    system: System, front_end: QueueApi
) -> None:
    series_id = send_by_rest(system.archive, mr_series())
    request_id = front_end.press(series_id).request_id
    wait_for_states(system, series_id, ("pending", False))
    system.archive.kill()
    front_end.post(paths.cancel(request_id))
    system.django.kill()
    system.archive.start()
    system.django.start()
    wait_for_states(system, series_id, ("cancelled", False))


def test_a_series_that_grows_outdates_what_was_asked_for_its_first_part(
    system: System, front_end: QueueApi
) -> None:
    images = mr_series(slices=5)
    series_id = send_by_rest(system.archive, images[:4])
    request_id = front_end.press(series_id).request_id
    complete_next(system, front_end.show(request_id).model)
    until(
        lambda: system.archive.get(f"/segrelay/series/{series_id}")["candidate"],
        what="the first part is tagged",
    )
    send_by_rest(system.archive, images[4:])
    until(lambda: front_end.show(request_id).outdated, what="the request is outdated")
    wait_for_states(system, series_id, ("completed", True))
