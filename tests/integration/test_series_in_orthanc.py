"""Series as the plugin reads them, beside what Orthanc itself says of each."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders.minimal_mr import mr_series
from integration.conftest import AnOrthanc
from integration.orthanc_from_outside import archive_from_outside
from integration.orthanc_server import OrthancServer
from integration.polling import until
from integration.sending import send_by_rest
from pydicom.uid import generate_uid

from segrelay_plugin.archive import Archive
from segrelay_plugin.errors import UnknownSeriesError

UNKNOWN = "00000000-00000000-00000000-00000000-00000000"


@pytest.fixture
def study(archive: OrthancServer, stored: list[str]) -> list[str]:
    """Three series of one study, of one to three images, and one of another; all are stable."""
    study_uid = generate_uid()
    of_study = [mr_series(slices=slices, study_uid=study_uid) for slices in (1, 2, 3)]
    for image in of_study[1]:
        image.Manufacturer = "Phantom Works"
    stored += [send_by_rest(archive, series) for series in (*of_study, mr_series(slices=4))]
    until(
        lambda: all(archive.get(f"/series/{one}")["IsStable"] for one in stored),
        what="all are stable",
    )
    return stored


def _check(series_id: str, server: OrthancServer, archive: Archive) -> None:
    said, record = server.get(f"/series/{series_id}"), archive.series(series_id)
    tags = said["MainDicomTags"]
    assert record.series_id == series_id
    assert record.study_id == said["ParentStudy"]
    assert record.series_instance_uid == tags["SeriesInstanceUID"]
    assert (record.modality, record.manufacturer) == (tags["Modality"], tags["Manufacturer"])
    assert record.instance_count == len(said["Instances"])
    assert record.is_stable is said["IsStable"]
    assert f"{record.last_update:%Y%m%dT%H%M%S}" == said["LastUpdate"]


def test_the_plugin_reads_of_each_series_what_orthanc_says(
    archive: OrthancServer, study: list[str]
) -> None:
    seen = archive_from_outside(archive)
    for series_id in study:
        _check(series_id, archive, seen)
    assert [seen.series(series_id).instance_count for series_id in study] == [1, 2, 3, 4]


def test_a_series_that_is_gone_is_unknown(archive: OrthancServer) -> None:
    with pytest.raises(UnknownSeriesError):
        archive_from_outside(archive).series(UNKNOWN)


def test_an_orthanc_whose_index_keeps_other_tags_by_now_is_not_made_to_warn(
    new_orthanc: AnOrthanc, tmp_path: Path
) -> None:
    with new_orthanc(tmp_path, with_plugin=False) as server:
        series_id = send_by_rest(server, mr_series())
        server.overrides = {"ExtraMainDicomTags": {"Series": ["ScanningSequence"]}}
        server.restart()
        _check(series_id, server, archive_from_outside(server))
        assert series_id not in server.log


def test_an_orthanc_that_finds_one_series_at_a_time_hides_none(
    new_orthanc: AnOrthanc, tmp_path: Path
) -> None:
    overrides = {"LimitFindResults": 1, "StableAge": 600}
    with new_orthanc(tmp_path, overrides=overrides, with_plugin=False) as server:
        study_uid = generate_uid()
        both = [mr_series(slices=slices, study_uid=study_uid) for slices in (1, 2)]
        for series_id in [send_by_rest(server, series) for series in both]:
            _check(series_id, server, archive_from_outside(server))
