"""Results of two versions of a model in a real Orthanc, and what the plugin makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
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


def test_seg_and_report_of_an_earlier_version_are_marked(
    orthanc: OrthancServer, tmp_path: Path
) -> None:
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
    for kind in ("SEG", "SR"):
        until(partial(_is_superseded, orthanc, earlier[kind]), what=f"{kind} is marked")
        marked = orthanc.get(f"/series/{earlier[kind]}/metadata?expand")
        assert marked[SUPERSEDED_BY] == later[kind]
        assert not _is_superseded(orthanc, later[kind])
