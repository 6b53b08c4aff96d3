"""Parts that are down for a while: what was accepted is done once they are back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from builders.mr_series import build_series
from fakes.stub_segmenter import WAIT_FILE_VARIABLE
from integration.conftest import AnOrthanc
from integration.orthanc_server import OrthancServer
from integration.queue_api import QueueApi
from integration.system import System, django_for
from integration.unique_series import unique

from segrelay_contract import paths
from segrelay_contract.error_codes import ErrorCode, english_sentence
from segrelay_contract.requests import ErrorAnswer
from segrelay_contract.status import RequestStatus, Stage

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def own_archive(
    tmp_path_factory: pytest.TempPathFactory, new_orthanc: AnOrthanc
) -> Iterator[OrthancServer]:
    """An Orthanc that the tests of this file may stop, if they start it again."""
    folder = tmp_path_factory.mktemp("own-archive")
    with new_orthanc(folder) as server:
        yield server


@pytest.fixture
def system(own_archive: OrthancServer, tmp_path: Path) -> System:
    """The web host is not started yet."""
    return System(tmp_path, own_archive, django_for(own_archive, tmp_path / "django"))


@pytest.fixture
def api(system: System) -> Iterator[QueueApi]:
    with system.django, system.django.api() as client:
        yield client


def test_a_press_while_orthanc_is_down_is_answered_with_a_sentence_and_works_later(
    system: System, own_archive: OrthancServer, api: QueueApi
) -> None:
    series_id = system.send(build_series(unique()))
    own_archive.stop()
    try:
        answer = api.post(paths.segment_series(series_id))
        health = api.get(paths.HEALTH)
    finally:
        own_archive.start()
    assert answer.status_code == 503
    refusal = ErrorAnswer.model_validate(answer.json())
    code = ErrorCode.ORTHANC_UNREACHABLE
    assert (refusal.code, refusal.error) == (code, english_sentence(code, {}))
    assert health.status_code == 503
    parts = {"database": True, "orthanc": False, "tickets": True}
    assert health.json() == {"success": False, **parts}
    assert api.press(series_id).status == RequestStatus.PENDING


def test_a_download_that_finds_orthanc_down_is_tried_again_until_it_is_back(
    system: System, own_archive: OrthancServer, api: QueueApi
) -> None:
    request_id = api.press(system.send(build_series(unique()))).request_id
    own_archive.kill()
    with system.stub_worker() as worker:
        try:
            worker.wait_for_log("시리즈 다운로드")
            assert api.show(request_id).status == RequestStatus.PROCESSING
        finally:
            own_archive.start()
        assert api.wait_for_end(request_id).status == RequestStatus.COMPLETED


def test_a_worker_that_starts_before_django_says_so_and_works_once_it_is_there(
    system: System,
) -> None:
    series_id = system.send(build_series(unique()))
    with system.stub_worker() as worker:
        worker.wait_for_log("❌ Django API 연결 실패")
        with system.django, system.django.api() as api:
            view = api.wait_for_end(api.press(series_id).request_id)
    assert view.status == RequestStatus.COMPLETED


def test_an_accepted_request_survives_kill_9_of_django(system: System, api: QueueApi) -> None:
    series_id = system.send(build_series(unique()))
    request_id = api.press(series_id).request_id
    system.django.kill()
    system.django.start()
    view = api.show(request_id)
    assert (view.status, view.series_id) == (RequestStatus.PENDING, series_id)
    with system.stub_worker():
        assert api.wait_for_end(request_id).status == RequestStatus.COMPLETED


def test_a_result_made_while_django_is_away_is_reported_once_it_is_back(
    system: System, api: QueueApi, tmp_path: Path
) -> None:
    request_id = api.press(system.send(build_series(unique()))).request_id
    go = tmp_path / "go"
    with system.stub_worker(environment={WAIT_FILE_VARIABLE: str(go)}) as worker:
        api.wait_for_stage(request_id, Stage.INFERRING)
        system.django.kill()
        go.touch()
        worker.wait_for_log("요청 완료 보고")  # in vain, so far
        system.django.start()
        view = api.wait_for_end(request_id)
    assert (view.status, view.attempt) == (RequestStatus.COMPLETED, 1)
