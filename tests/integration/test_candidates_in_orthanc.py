"""The list of candidates that a real Orthanc gives."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders.minimal_mr import SEGMENTATION, mr_series, other_object, upload
from integration.conftest import AnOrthanc
from integration.orthanc_server import OrthancServer
from integration.polling import until


def listed(orthanc: OrthancServer, limit: int, more: str = "") -> list[dict[str, object]]:
    since: int | None = 0
    found: list[dict[str, object]] = []
    while since is not None:
        page = orthanc.get(f"/segrelay/candidates?since={since}&limit={limit}{more}")
        found += page["candidates"]
        since = page["next"]
    return found


@pytest.mark.parametrize("limit", [2, 100])
def test_the_pages_hold_each_candidate_of_the_archive_once(
    tmp_path: Path, new_orthanc: AnOrthanc, limit: int
) -> None:
    with new_orthanc(tmp_path / "orthanc") as orthanc:
        mr_ids = []
        for _ in range(3):
            mr_ids += upload(mr_series(), url=orthanc.url, auth=orthanc.admin)
            other = other_object(sop_class_uid=SEGMENTATION, modality="SEG")
            upload([other], url=orthanc.url, auth=orthanc.admin)
        until(lambda: len(listed(orthanc, limit)) == len(mr_ids), what="all are tagged")
        candidates = listed(orthanc, limit, "&headers=1")
        assert sorted(str(one["series_id"]) for one in candidates) == sorted(mr_ids)
        first = candidates[0]
        study = orthanc.get(f"/studies/{first['study_id']}")
        assert first["study_instance_uid"] == study["MainDicomTags"]["StudyInstanceUID"]
        assert (first["role"], first["instance_count"]) == ("t1", 3)
        assert "InversionTime" in first["headers"][0]  # type: ignore[index] # a list, as asked for
