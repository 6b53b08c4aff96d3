"""A worker whose account can do nothing by itself, and what it says where a ticket is no good."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from uuid import UUID

import pytest
import requests
from builders.mr_series import build_series
from fakes.one_process_worker import CLOCK_SHIFT_VARIABLE
from fakes.stub_segmenter import WAIT_FILE_VARIABLE
from integration.conftest import AnOrthanc
from integration.django_server import DjangoServer
from integration.end_to_end import check_segmented
from integration.orthanc_server import ROOT, OrthancServer
from integration.polling import until
from integration.queue_api import QueueApi
from integration.stored_results import instances_of_kind
from integration.system import System
from integration.ticket_secret import TICKET_SECRET
from integration.unique_series import unique

from segrelay_api.archive.tickets import issue_ticket
from segrelay_contract.events import EventList
from segrelay_contract.requests import RequestView
from segrelay_contract.status import RequestStatus, Stage
from segrelay_contract.tickets import HEADER

SHIFTED_WEB_HOST = "fakes.shifted_web_host:application"
ORTHANCS_TOLERANCE_SECONDS = 60


@pytest.fixture(scope="module")
def orthanc(
    tmp_path_factory: pytest.TempPathFactory, new_orthanc: AnOrthanc
) -> Iterator[OrthancServer]:
    with new_orthanc(tmp_path_factory.mktemp("orthanc")) as server:
        yield server


def web_host(
    orthanc: OrthancServer, folder: Path, *, ahead_seconds: float = 0, **environment: str
) -> DjangoServer:
    """One that signs tickets by a clock which is wrong by so much, or with another secret."""
    clock = {CLOCK_SHIFT_VARIABLE: str(ahead_seconds), "PYTHONPATH": str(ROOT / "tests")}
    return DjangoServer(
        folder / "django",
        orthanc.url,
        orthanc.django,
        lease_seconds=12,
        environment={**clock, **environment},
        application=SHIFTED_WEB_HOST,
    )


def segmented(system: System, series_id: str) -> RequestView:
    """By a stub worker of its own."""
    with system.stub_worker(), system.django.api() as api:
        return api.wait_for_end(api.press(series_id).request_id)


@pytest.mark.parametrize("ahead_seconds", [0, -50, 50])
def test_a_clock_that_is_wrong_by_less_than_a_minute_does_no_harm(
    orthanc: OrthancServer, tmp_path: Path, ahead_seconds: float
) -> None:
    plan = unique()
    with web_host(orthanc, tmp_path, ahead_seconds=ahead_seconds) as django:
        system = System(tmp_path, orthanc, django)
        view = segmented(system, system.send(build_series(plan)))
    check_segmented(view, archive=orthanc, plan=plan, scratch=tmp_path / "stored")


@pytest.mark.parametrize(
    ("ahead_seconds", "environment", "said"),
    [
        (0, {"TICKET_SECRET": TICKET_SECRET[::-1]}, "TICKET_SECRET of Orthanc differ"),
        (300, {}, "or the clocks of their machines do"),
        (0, {"TICKET_SECRET": ""}, "set TICKET_SECRET of Django"),
    ],
)
def test_a_worker_that_is_refused_says_why_and_gives_the_request_back(
    orthanc: OrthancServer,
    tmp_path: Path,
    ahead_seconds: float,
    environment: dict[str, str],
    said: str,
) -> None:
    with web_host(orthanc, tmp_path, ahead_seconds=ahead_seconds, **environment) as django:
        system = System(tmp_path, orthanc, django)
        series_id = system.send(build_series(unique()))
        with system.stub_worker() as worker, django.api() as api:
            request_id = api.press(series_id).request_id
            until(lambda: "release" in kinds(api, request_id), what="the request is given back")
            worker.wait_for_log(said)
        assert RequestStatus.FAILED not in {one.status for one in api.requests()}
        assert "fail" not in kinds(api, request_id)
    assert instances_of_kind(orthanc, study_of(orthanc, series_id), "SEG") == []


def test_a_worker_that_was_refused_goes_on_once_the_secret_is_right(
    orthanc: OrthancServer, tmp_path: Path
) -> None:
    """Although Orthanc tells it nothing as long as it has no lease."""
    with web_host(orthanc, tmp_path, TICKET_SECRET=TICKET_SECRET[::-1]) as django:
        system = System(tmp_path, orthanc, django)
        series_id = system.send(build_series(unique()))
        with system.stub_worker() as worker, django.api() as api:
            request_id = api.press(series_id).request_id
            worker.wait_for_log("TICKET_SECRET of Orthanc differ")
            django.stop()
            django.environment = {**django.environment, "TICKET_SECRET": TICKET_SECRET}
            django.start()
            view = api.wait_for_end(request_id)
    assert view.status == RequestStatus.COMPLETED
    assert view.attempt > 1


def kinds(api: QueueApi, request_id: UUID) -> list[str]:
    """What happened to the request so far."""
    answer = api.get(f"requests/{request_id}/events/", params={"format": "json"})
    return [event.kind for event in EventList.model_validate(answer.json()).events]


def study_of(orthanc: OrthancServer, series_id: str) -> str:
    return str(orthanc.get(f"/series/{series_id}")["ParentStudy"])


def test_work_that_another_queue_has_done_is_compared_under_the_ticket(
    orthanc: OrthancServer, tmp_path: Path
) -> None:
    plan = unique()
    views = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        with web_host(orthanc, tmp_path / name) as django:
            system = System(tmp_path / name, orthanc, django)
            series_id = system.send(build_series(plan))
            views.append(segmented(system, series_id))
    first, second = views
    assert first.request_id != second.request_id
    assert first.result is not None
    assert second.result is not None
    assert first.result.objects == second.result.objects
    check_segmented(second, archive=orthanc, plan=plan, scratch=tmp_path / "stored")


@pytest.mark.long  # a ticket is good for a while after its lease, and clocks differ by minutes only
def test_an_inference_that_outlives_its_first_ticket_stores_its_result(
    orthanc: OrthancServer, tmp_path: Path
) -> None:
    """Django's clock is so late that a ticket ends a few seconds after the lease that it is of."""
    plan, go, late_seconds = unique(), tmp_path / "go", ORTHANCS_TOLERANCE_SECONDS - 3
    with web_host(orthanc, tmp_path, ahead_seconds=-late_seconds) as django:
        system = System(tmp_path, orthanc, django)
        series_id = system.send(build_series(plan))
        with system.stub_worker("lab1", {WAIT_FILE_VARIABLE: str(go)}), django.api() as api:
            request_id = api.press(series_id).request_id
            view = api.wait_for_stage(request_id, Stage.INFERRING)
            as_good = ticket_of(view, made_at=time.time() - late_seconds, seconds=12)
            assert is_good(orthanc, series_id, as_good)
            until(
                lambda: not is_good(orthanc, series_id, as_good),
                what="the tickets that it has had until now are over",
            )
            go.touch()
            view = api.wait_for_end(request_id)
    assert view.attempt == 1
    check_segmented(view, archive=orthanc, plan=plan, scratch=tmp_path / "stored")


def ticket_of(view: RequestView, *, made_at: float, seconds: float) -> str:
    """What Django would have issued then."""
    return issue_ticket(
        secret=TICKET_SECRET,
        request_id=view.request_id,
        attempt=view.attempt,
        series_ids=[view.series_id],
        study_id=view.study_id,
        issued_at=datetime.fromtimestamp(made_at, UTC),
        expires_at=datetime.fromtimestamp(made_at + seconds, UTC),
    )


def is_good(orthanc: OrthancServer, series_id: str, ticket: str) -> bool:
    """Whether the workers' account may read the series with it."""
    url = f"{orthanc.url}/series/{series_id}"
    answer = requests.get(url, auth=orthanc.worker, headers={HEADER: ticket}, timeout=30)
    assert answer.status_code in {HTTPStatus.OK, HTTPStatus.FORBIDDEN}
    return answer.status_code == HTTPStatus.OK
