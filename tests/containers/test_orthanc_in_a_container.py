"""The system once more with Orthanc 1.12, which has labels and embeds Python 3.13."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders.mr_series import build_series
from containers.orthanc_container import OrthancContainer
from integration.django_server import DjangoServer
from integration.end_to_end import check_press_in_orthanc, is_candidate, plugin_call
from integration.polling import until
from integration.system import System
from integration.unique_series import unique

pytestmark = pytest.mark.docker

LABEL = "segrelay-candidate"


def test_orthanc_1_12_loads_the_plugin_without_complaint(orthanc: OrthancContainer) -> None:
    assert orthanc.get("/system")["Version"].startswith("1.12.")
    health = plugin_call(orthanc, "GET", "health").json()
    assert health["success"] is True
    assert health["rules"]["loaded"] > 0
    log = orthanc.container().logs().decode()
    assert "Traceback" not in log
    assert "DeprecationWarning" not in log


def test_a_press_in_orthanc_1_12_leads_to_a_seg(system: System, tmp_path: Path) -> None:
    check_press_in_orthanc(system, scratch=tmp_path)


def test_a_candidate_carries_the_label_and_its_results_do_not(
    system: System, orthanc: OrthancContainer
) -> None:
    series_id = system.send(build_series(unique()))
    until(lambda: is_candidate(orthanc, series_id), what="the plugin tags the series")
    assert orthanc.get(f"/series/{series_id}/labels") == [LABEL]
    with system.stub_worker(), system.django.api() as api:
        view = api.wait_for_end(api.press(series_id).request_id)
    stored = orthanc.get(f"/studies/{view.study_id}/series")
    modalities = sorted(series["MainDicomTags"]["Modality"] for series in stored)
    assert modalities == ["MR", "OT", "SEG", "SR"]
    labels = {one["ID"]: orthanc.get(f"/series/{one['ID']}/labels") for one in stored}
    assert {one for one, names in labels.items() if names} == {series_id}


def test_what_django_could_not_be_told_survives_kill_9_of_the_container(
    system: System, orthanc: OrthancContainer, django: DjangoServer
) -> None:
    django.stop()
    series_id = system.send(build_series(unique()))
    until(lambda: is_candidate(orthanc, series_id), what="the plugin tags the series")
    assert plugin_call(orthanc, "GET", "health").json()["outbox"] > 0
    orthanc.container().kill()
    orthanc.container().start()
    orthanc.wait_for_answer()
    django.start()
    query = "SELECT series_id FROM archive_taggedseries WHERE series_id = ?"
    until(lambda: django.row(query, series_id), what="Django hears of the series", seconds=60)
