import json
from typing import Any

import pytest
from fakes.orthanc_module import FakeOrthanc, FakeSeries, mr_tags

from segrelay_plugin.archive import Archive
from segrelay_plugin.results.links import MOST_KEPT, ResultLinks, request_of_result
from segrelay_plugin.tickets.ticket import Ticket


@pytest.fixture
def orthanc(orthanc: FakeOrthanc) -> FakeOrthanc:
    for series_id in ("a-1", "b-2", "c-3", "d-4"):
        orthanc.series[series_id] = FakeSeries([mr_tags()])
    return orthanc


def link(archive: Archive, series_id: str, *, request: str = "request-1", kind: str = "SR") -> None:
    ticket = Ticket(request, 1, ("a-1", "b-2"), "study", 0, 60)
    ResultLinks(archive).link(ticket=ticket, kind=kind, series_id=series_id)


def links(orthanc: FakeOrthanc, series_id: str) -> Any:
    return json.loads(orthanc.series[series_id].metadata["SegrelayResults"])


def test_each_source_names_the_result_and_the_result_its_request(
    orthanc: FakeOrthanc, archive: Archive
) -> None:
    link(archive, "c-3", kind="SEG")
    link(archive, "d-4")
    both = [
        {"request_id": "request-1", "kind": "SEG", "series_id": "c-3"},
        {"request_id": "request-1", "kind": "SR", "series_id": "d-4"},
    ]
    assert links(orthanc, "a-1") == links(orthanc, "b-2") == both
    assert request_of_result(archive, "c-3") == "request-1"


def test_a_result_that_a_later_request_led_to_again_is_named_once(
    orthanc: FakeOrthanc, archive: Archive
) -> None:
    link(archive, "c-3")
    link(archive, "c-3")
    link(archive, "c-3", request="request-2")
    assert links(orthanc, "a-1") == [{"request_id": "request-2", "kind": "SR", "series_id": "c-3"}]
    assert request_of_result(archive, "c-3") == "request-2"


def test_only_so_many_are_kept_the_newest_ones(orthanc: FakeOrthanc, archive: Archive) -> None:
    old = [
        {"request_id": "r", "kind": "SR", "series_id": f"gone-{number}"}
        for number in range(MOST_KEPT)
    ]
    orthanc.series["a-1"].metadata["SegrelayResults"] = json.dumps(old)
    link(archive, "c-3")
    assert links(orthanc, "a-1")[:-1] == old[1:]
    assert links(orthanc, "a-1")[-1]["series_id"] == "c-3"


def test_what_somebody_else_wrote_there_is_replaced(orthanc: FakeOrthanc, archive: Archive) -> None:
    orthanc.series["a-1"].metadata["SegrelayResults"] = "not JSON"
    link(archive, "c-3")
    assert len(links(orthanc, "a-1")) == 1


def test_a_series_that_is_no_result_or_is_gone_came_of_no_request(archive: Archive) -> None:
    assert request_of_result(archive, "a-1") is None
    assert request_of_result(archive, "z-9") is None
