"""A hospital's own script that imports ours, in a real Orthanc."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import cycle
from pathlib import Path

import pytest
import requests
from builders.minimal_mr import as_bytes, mr_series, upload
from integration.conftest import AnOrthanc
from integration.orthanc_container import OrthancContainer
from integration.orthanc_server import ROOT, OrthancServer
from integration.polling import until
from pydicom.dataset import Dataset

SCRIPT = Path(__file__).with_name("hospital_script.py")
STORING_SCRIPT = Path(__file__).with_name("storing_script.py")


def _with_script(script: Path, folder: Path, new_orthanc: AnOrthanc) -> OrthancServer:
    shutil.copy(script, folder)
    in_container = new_orthanc is OrthancContainer
    plugin = "/opt/segrelay/orthanc_plugin" if in_container else ROOT / "orthanc_plugin"
    seen_by_orthanc = Path("/etc/segrelay") if in_container else folder
    return new_orthanc(
        folder,
        overrides={"PythonScript": str(seen_by_orthanc / script.name)},
        tickets_required=True,
        environment={"PYTHONPATH": str(plugin)},
    )


@pytest.fixture(scope="module")
def orthanc(
    tmp_path_factory: pytest.TempPathFactory, new_orthanc: AnOrthanc
) -> Iterator[OrthancServer]:
    with _with_script(SCRIPT, tmp_path_factory.mktemp("orthanc"), new_orthanc) as server:
        yield server


def test_route_and_listener_of_the_hospital_work_beside_ours(orthanc: OrthancServer) -> None:
    [series_id] = upload(mr_series(), url=orthanc.url, auth=orthanc.admin)
    until(
        lambda: series_id in orthanc.call("GET", "/hospital/changes").text,
        what="the hospital's listener hears of the series",
    )
    path = f"/segrelay/series/{series_id}"
    until(lambda: orthanc.get(path)["candidate"], what="ours tags it")
    assert "other_script_failed function=note_new_series" in orthanc.log


# What a script keeps by thread is still there at the next turn. Ours sees to that, as making and
# forgetting a thread is what a call into Python costs most.


def test_python_remembers_the_thread_that_brings_changes(orthanc: OrthancServer) -> None:
    upload(mr_series(), url=orthanc.url, auth=orthanc.admin)
    until(
        lambda: int(orthanc.call("GET", "/hospital/most-of-a-thread/change").text) > 1,
        what="a thread brings a second change",
    )


def test_python_remembers_the_threads_that_bring_calls(orthanc: OrthancServer) -> None:
    with requests.Session() as session:
        session.auth = orthanc.admin
        for _ in range(3):  # over one connection, which one thread serves
            answer = session.get(f"{orthanc.url}/hospital/most-of-a-thread/call")
    assert int(answer.text) > 1


def test_an_odd_header_harms_no_later_call_of_its_connection(orthanc: OrthancServer) -> None:
    with requests.Session() as session:
        session.auth = orthanc.admin
        for _ in range(3):
            session.get(f"{orthanc.url}/system", headers={"X-Odd": b"\xff"})
            assert session.get(f"{orthanc.url}/system").status_code == 200


def test_the_hospitals_filter_narrows_what_ours_lets_through(orthanc: OrthancServer) -> None:
    assert orthanc.call("GET", "/statistics").status_code == 403
    assert orthanc.call("GET", "/statistics", headers={"X-Defect": "1"}).status_code == 403
    assert orthanc.call("GET", "/system").status_code == 200
    assert "other_script_failed function=no_statistics" in orthanc.log


def test_the_hospitals_filter_opens_nothing_that_ours_closes(orthanc: OrthancServer) -> None:
    assert orthanc.call("GET", "/system", auth=orthanc.worker).status_code == 403


@pytest.mark.docker
@pytest.mark.usefixtures("orthanc_image")
def test_a_callback_for_each_image_does_not_lock_up_a_newer_orthanc(tmp_path: Path) -> None:
    series = mr_series(slices=40)
    with _with_script(STORING_SCRIPT, tmp_path, OrthancContainer) as orthanc:
        paths = cycle(("/instances", "/hospital/store"))
        with ThreadPoolExecutor(8) as senders:
            answers = senders.map(partial(_store, orthanc), paths, series)
            assert {answer.status_code for answer in answers} == {200}


def _store(orthanc: OrthancServer, path: str, image: Dataset) -> requests.Response:
    return orthanc.call("POST", path, data=as_bytes(image), timeout=20)
