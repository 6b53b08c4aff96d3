"""A model that needs two series of a study, from the press to what lies in a real Orthanc."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from builders.mr_series import build_series
from fakes.stub_segmenter import write_stub_package
from integration.end_to_end import check_segmented
from integration.polling import until
from integration.system import System
from integration.unique_series import unique


def test_what_two_series_show_is_stored_on_the_grid_of_the_first(
    shared_system: System, tmp_path: Path
) -> None:
    t1 = unique()
    one_study = {
        "StudyInstanceUID": t1.uid(1),
        "FrameOfReferenceUID": t1.uid(3),
        "SeriesNumber": 9,
        "SeriesDescription": "t2_flair",
    }
    # The same places in another plane, and one more around them.
    flair = replace(
        t1,
        seed=1,
        plane="sagittal",
        shape_zyx=(12, 8, 16),
        spacing_zyx_mm=(7.0, 8.0, 6.0),
        changes=one_study,
    )
    ids = {
        "t1": shared_system.send(build_series(t1)),
        "flair": shared_system.send(build_series(flair)),
    }
    weights = write_stub_package(tmp_path / "model", name="stub-both", roles=("t1", "flair"))
    with shared_system.worker_in_thread(weights), shared_system.django.api() as api:
        until(lambda: "stub-both" in api.get("models/").text, what="the worker offers its model")
        pressed = api.press(ids["flair"], model="stub-both", sequence_series_ids=ids)
        view = api.wait_for_end(pressed.request_id)
    assert {each.role: each.series_id for each in view.inputs} == ids
    assert view.series_id == ids["t1"]
    check_segmented(view, archive=shared_system.archive, plan=t1, scratch=tmp_path)
    assert view.result is not None
    assert view.result.warnings == ()
