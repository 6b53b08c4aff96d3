"""Headers as the plugin and Django read them, beside the whole headers, for the whole corpus.

What Orthanc finds in its index may be another image's; a mask must never be placed by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from builders.corpus.refused import REFUSED
from builders.corpus.understood import UNDERSTOOD
from integration.corpus_in_orthanc import Case, send_case
from integration.orthanc_from_outside import archive_from_outside
from integration.orthanc_server import OrthancServer

from segrelay_api.archive.header_reading import read_headers as read_by_django
from segrelay_api.archive.orthanc_client import OrthancClient
from segrelay_contract.series_rules.frames import frame_rows
from segrelay_plugin.header_reading import read_headers as read_by_plugin
from segrelay_plugin.headers import header_row, mr_images
from segrelay_plugin.rules.facts import facts_of

CORPUS: Mapping[str, Case] = {**UNDERSTOOD, **REFUSED}
# Orthanc keeps one modality for a series; the worker, which reads each file, sees the other.
SEEN_BY_THE_WORKER = {"one image of another modality"}
NOT_TO_BE_SENT = {"no files"}

Row = Mapping[str, object]


def _by_uid(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: str(row.get("SOPInstanceUID")))


def _frames(headers: Sequence[Row]) -> list[Row]:
    return [frame for header in _by_uid(headers) for frame in frame_rows(header)]


@pytest.mark.parametrize("name", sorted(CORPUS.keys() - SEEN_BY_THE_WORKER - NOT_TO_BE_SENT))
async def test_no_value_is_another_images(
    name: str,
    archive: OrthancServer,
    client: OrthancClient,
    stored: list[str],
    tmp_path: Path,
) -> None:
    plugins_archive = archive_from_outside(archive)
    stored += send_case(CORPUS[name], archive, tmp_path)
    for series_id in stored:
        whole = list(archive.get(f"/series/{series_id}/instances-tags?simplify").values())
        plugins = read_by_plugin(plugins_archive, series_id)
        assert _by_uid(list(map(header_row, plugins))) == _by_uid(list(map(header_row, whole)))
        assert _frames(await read_by_django(client, series_id)) == _frames(whole)
        if images := mr_images(whole):
            assert facts_of(mr_images(plugins)) == facts_of(images)
