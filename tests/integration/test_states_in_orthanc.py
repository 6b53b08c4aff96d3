"""States that Django tells, in a real Orthanc."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from builders.minimal_mr import mr_series, upload
from builders.request_states import told
from integration.conftest import AnOrthanc
from integration.orthanc_server import OrthancServer

HOSPITALS_LABEL = "for-teaching"


@pytest.fixture(scope="module")
def orthanc(
    tmp_path_factory: pytest.TempPathFactory, new_orthanc: AnOrthanc
) -> Iterator[OrthancServer]:
    with new_orthanc(tmp_path_factory.mktemp("orthanc")) as server:
        yield server


@pytest.fixture
def series_id(orthanc: OrthancServer) -> str:
    [series_id] = upload(mr_series(), url=orthanc.url, auth=orthanc.admin)
    return series_id


def tell(orthanc: OrthancServer, series_id: str, **changes: Any) -> bool:
    path = f"/segrelay/series/{series_id}/state"
    answer = orthanc.call("PUT", path, json=told(**changes), auth=orthanc.django)
    answer.raise_for_status()
    return bool(answer.json()["applied"])


def shown(orthanc: OrthancServer, series_id: str, language: str = "en") -> dict[str, Any]:
    headers = {"Accept-Language": language}
    answer = orthanc.call("GET", f"/segrelay/series/{series_id}", headers=headers)
    return {state["request_id"]: state for state in answer.json()["states"]}


def test_the_newest_state_is_shown_in_the_readers_language_also_after_a_kill(
    orthanc: OrthancServer, series_id: str
) -> None:
    error = {"en": "Too dark.", "ko": "너무 어둡습니다."}
    assert tell(orthanc, series_id, event=3, status="failed", error=error)
    assert not tell(orthanc, series_id, event=2)
    orthanc.kill()
    orthanc.start()
    state = shown(orthanc, series_id, "ko")["r-1"]
    assert (state["status"], state["error"]) == ("failed", error["ko"])
    assert not tell(orthanc, series_id, event=3)


def test_updates_at_the_same_moment_are_all_kept(orthanc: OrthancServer, series_id: str) -> None:
    names = [f"model-{number}" for number in range(16)]
    with ThreadPoolExecutor(8) as callers:
        for name in names:
            callers.submit(tell, orthanc, series_id, request_id=name, model=name)
    assert set(shown(orthanc, series_id)) == set(names)


def test_labels_follow_the_states_and_the_hospitals_own_stay(
    orthanc: OrthancServer, series_id: str
) -> None:
    path = f"/series/{series_id}/labels"
    has_labels = bool(orthanc.get("/system").get("HasLabels"))
    orthanc.call("PUT", f"{path}/{HOSPITALS_LABEL}", data=b"")
    tell(orthanc, series_id, event=1, status="pending")
    tell(orthanc, series_id, event=2, status="completed", outcome="segmented")
    if has_labels:
        ours = set(orthanc.get(path)) - {"segrelay-candidate"}
        assert ours == {HOSPITALS_LABEL, "segrelay-done"}
    else:
        assert orthanc.call("GET", path).status_code == 404


def test_a_study_shows_the_states_of_its_series(orthanc: OrthancServer, series_id: str) -> None:
    tell(orthanc, series_id)
    study_id = orthanc.get(f"/series/{series_id}")["ParentStudy"]
    [series] = orthanc.get(f"/segrelay/studies/{study_id}")["series"]
    assert (series["series_id"], series["states"][0]["request_id"]) == (series_id, "r-1")
