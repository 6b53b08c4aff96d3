from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from builders.finished_work import finished_work
from builders.mr_series import SeriesPlan, build_series

from segrelay_worker.dicom_results.uids import UidKind
from segrelay_worker.dicom_results.work import FinishedWork
from segrelay_worker.series_volume.assembly import assemble_volume

OF_ANOTHER = [{"PatientID": "P2"}, {"StudyInstanceUID": "1.2"}, {"SeriesInstanceUID": "1.2"}]


def _uids(work: FinishedWork) -> set[str]:
    return {work.identity.uid(kind) for kind in UidKind}


def _plan(changes: dict[str, object]) -> SeriesPlan:
    return SeriesPlan(changes=changes)


@pytest.mark.parametrize("changes", OF_ANOTHER)
def test_the_same_images_of_another_patient_study_or_series_make_other_objects(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    first = finished_work(tmp_path / "first")
    second = finished_work(tmp_path / "second", _plan(changes))
    assert first.identity.package_digest == second.identity.package_digest
    assert _uids(first).isdisjoint(_uids(second))


@pytest.mark.parametrize("changes", OF_ANOTHER)
def test_so_do_those_of_a_further_input(tmp_path: Path, changes: dict[str, object]) -> None:
    work = finished_work(tmp_path)
    first, second = (
        replace(work, others={"flair": assemble_volume(build_series(plan))})
        for plan in (SeriesPlan(), _plan(changes))
    )
    assert _uids(first).isdisjoint(_uids(second))


def test_images_that_are_sent_again_as_they_were_make_the_same_objects(tmp_path: Path) -> None:
    again = _plan({"PatientID": "PHANTOM-1 "})  # padded otherwise on the way
    assert _uids(finished_work(tmp_path / "first")) == _uids(finished_work(tmp_path / "2", again))
