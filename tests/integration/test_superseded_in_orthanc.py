"""Results of two versions of a model in a real Orthanc, and what the plugin makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest
from builders.finished_work import finished_work
from builders.mr_series import SeriesPlan
from integration.conftest import AnOrthanc
from integration.orthanc_server import OrthancServer
from integration.polling import until
from integration.unique_series import unique
from pydicom import dcmread

from segrelay_contract.leases import SupersededObject
from segrelay_worker.dicom_results.reported_result import reported_result
from segrelay_worker.dicom_results.result_file import ResultFile
from segrelay_worker.dicom_results.result_set import write_results
from segrelay_worker.dicom_results.seg_content import binary_content
from segrelay_worker.dicom_results.work import FinishedWork

SUPERSEDED_BY = "SegrelaySupersededBy"
KINDS = ("SEG", "SR")  # that name what they supersede
NOBODY = "http://127.0.0.1:9/"
Stored = Mapping[str, str]  # Orthanc's id of the series, by kind of object


@pytest.fixture
def orthanc(tmp_path: Path, new_orthanc: AnOrthanc) -> Iterator[OrthancServer]:
    with new_orthanc(tmp_path / "orthanc", django_url=NOBODY) as server:
        yield server


def _store(orthanc: OrthancServer, files: tuple[ResultFile, ...]) -> Stored:
    return {
        file.kind: orthanc.call("POST", "/instances", data=file.path.read_bytes()).json()[
            "ParentSeries"
        ]
        for file in files
    }


def _results(work: FinishedWork, plan: SeriesPlan, folder: Path) -> tuple[ResultFile, ...]:
    folder.mkdir()
    mask_szyx = plan.truth_zyx[None]
    return write_results(
        work=work,
        content=binary_content(mask_szyx),
        result=reported_result(work, mask_szyx),
        folder=folder,
        report=lambda _: None,
    )


def _is_superseded(orthanc: OrthancServer, series_id: str) -> bool:
    return SUPERSEDED_BY in orthanc.get(f"/series/{series_id}/metadata?expand")


@dataclass(frozen=True)
class TwoVersions:
    earlier: Stored
    later: Stored


@pytest.fixture
def stored(orthanc: OrthancServer, tmp_path: Path) -> TwoVersions:
    """What two versions of a model made of one series, once the earlier one is marked."""
    plan = unique(shape_zyx=(10, 22, 18), spacing_zyx_mm=(6.0, 4.0, 5.0))
    work = finished_work(tmp_path, plan)
    files = _results(work, plan, tmp_path / "earlier")
    earlier = _store(orthanc, files)
    superseded = tuple(
        SupersededObject(
            kind=file.kind,
            sop_class_uid=str(dcmread(file.path).SOPClassUID),
            sop_instance_uid=file.sop_instance_uid,
            series_instance_uid=file.series_instance_uid,
        )
        for file in files
        if file.kind != "SC"
    )
    newer = replace(work, run=1, supersedes=superseded)
    later = _store(orthanc, _results(newer, plan, tmp_path / "later"))
    for kind in KINDS:
        until(partial(_is_superseded, orthanc, earlier[kind]), what=f"{kind} is marked")
    return TwoVersions(earlier, later)


def _delete(orthanc: OrthancServer, stored: Stored) -> None:
    for kind in KINDS:
        orthanc.call("DELETE", f"/series/{stored[kind]}").raise_for_status()


def _is_unmarked(orthanc: OrthancServer, series_id: str) -> bool:
    has_labels = bool(orthanc.get("/system").get("HasLabels"))
    labels = orthanc.get(f"/series/{series_id}/labels") if has_labels else []
    return not _is_superseded(orthanc, series_id) and labels == []


def test_seg_and_report_of_an_earlier_version_are_marked(
    orthanc: OrthancServer, stored: TwoVersions
) -> None:
    for kind in KINDS:
        marked = orthanc.get(f"/series/{stored.earlier[kind]}/metadata?expand")
        assert marked[SUPERSEDED_BY] == stored.later[kind]
        assert not _is_superseded(orthanc, stored.later[kind])


def test_they_are_marked_no_more_when_the_later_ones_are_deleted(
    orthanc: OrthancServer, stored: TwoVersions
) -> None:
    _delete(orthanc, stored.later)
    for series_id in (stored.earlier[kind] for kind in KINDS):
        until(partial(_is_unmarked, orthanc, series_id), what="the mark is taken back")


def test_a_start_takes_marks_back_for_what_was_deleted_without_the_plugin(
    orthanc: OrthancServer, stored: TwoVersions
) -> None:
    orthanc.stop()
    orthanc.with_plugin = False
    orthanc.start()
    _delete(orthanc, stored.later)
    orthanc.stop()
    orthanc.with_plugin = True
    orthanc.start()
    for series_id in (stored.earlier[kind] for kind in KINDS):
        until(partial(_is_unmarked, orthanc, series_id), what="the mark is taken back")
