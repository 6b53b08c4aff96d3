import json

import pytest
from fakes.orthanc_module import FakeOrthanc, FakeSeries, mr_tags

from segrelay_plugin.archive import Archive
from segrelay_plugin.results.views import result_views
from segrelay_plugin.tags import RESULTS, SUPERSEDED_BY


def result(series_id: str) -> dict[str, str]:
    return {"request_id": "r-1", "kind": "SEG", "series_id": series_id}


def test_results_that_still_exist_are_named_with_what_took_their_place(
    orthanc: FakeOrthanc, archive: Archive
) -> None:
    for series_id, metadata in (
        ("b-1", {SUPERSEDED_BY: "b-3"}),
        ("b-2", {SUPERSEDED_BY: "b-4"}),
        ("b-3", {}),
    ):
        orthanc.series[series_id] = FakeSeries([mr_tags()], "SEG", metadata=metadata)
    listed = json.dumps([result(f"b-{number}") for number in (1, 2, 3, 4)])
    assert result_views(archive, {RESULTS: listed}) == [
        {**result("b-1"), "superseded_by": "b-3"},
        {**result("b-2"), "superseded_by": None},  # the newer one was deleted
        {**result("b-3"), "superseded_by": None},
    ]


@pytest.mark.parametrize("text", ["", "{", "{}", "7", "[7]", '[{"series_id": "b-1"}]'])
def test_metadata_that_somebody_overwrote_names_no_results(archive: Archive, text: str) -> None:
    assert result_views(archive, {RESULTS: text}) == []
