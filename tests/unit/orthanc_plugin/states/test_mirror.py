import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from builders.request_states import state
from fakes.orthanc_module import FakeOrthanc, FakeSeries, mr_tags

from segrelay_plugin.archive import Archive
from segrelay_plugin.errors import UnknownSeriesError
from segrelay_plugin.states.mirror import StateMirror
from segrelay_plugin.states.request_state import states_from_json
from segrelay_plugin.tags import STATE


@pytest.fixture
def closed() -> list[tuple[str, int]]:
    return []


@pytest.fixture
def mirror(archive: Archive, closed: list[tuple[str, int]]) -> StateMirror:
    return StateMirror(
        archive=archive,
        close_attempt=lambda request_id, attempt: closed.append((request_id, attempt)),
    )


@pytest.fixture
def series(orthanc: FakeOrthanc) -> FakeSeries:
    orthanc.has_labels = True
    orthanc.series["a-1"] = FakeSeries([mr_tags()])
    return orthanc.series["a-1"]


def test_an_update_is_kept_and_labelled_once(series: FakeSeries, mirror: StateMirror) -> None:
    assert mirror.take(series_id="a-1", told=state())
    assert not mirror.take(series_id="a-1", told=state())
    assert states_from_json(series.metadata[STATE]) == {"r-1": state()}
    assert series.labels == ["segrelay-processing"]


def test_old_news_puts_labels_right_that_a_crash_left_wrong(
    series: FakeSeries, mirror: StateMirror
) -> None:
    mirror.take(series_id="a-1", told=state())
    series.labels = ["segrelay-pending"]
    assert not mirror.take(series_id="a-1", told=state(event=1, status="pending"))
    assert series.labels == ["segrelay-processing"]


def test_labels_can_be_repaired_without_news(series: FakeSeries, mirror: StateMirror) -> None:
    mirror.take(series_id="a-1", told=state())
    series.labels = ["segrelay-pending"]
    mirror.repair_labels(series_id="a-1")
    assert series.labels == ["segrelay-processing"]


def test_an_orthanc_without_labels_is_not_looked_through_for_them(
    orthanc: FakeOrthanc, series: FakeSeries, archive: Archive, mirror: StateMirror
) -> None:
    orthanc.has_labels = False
    mirror.repair_labels(series_id="a-1")
    assert orthanc.asked == ["/system"]


def test_labels_of_a_series_without_states_are_not_looked_at(
    orthanc: FakeOrthanc, series: FakeSeries, mirror: StateMirror
) -> None:
    mirror.repair_labels(series_id="a-1")
    assert "/series/a-1/labels" not in orthanc.asked


def test_void_tickets_are_told_even_by_old_news_and_of_series_that_are_gone(
    series: FakeSeries, mirror: StateMirror, closed: list[tuple[str, int]]
) -> None:
    mirror.take(series_id="a-1", told=state(event=5))
    mirror.take(series_id="a-1", told=state(event=4, closed_attempt=3))
    with pytest.raises(UnknownSeriesError):
        mirror.take(series_id="b-2", told=state(closed_attempt=4))
    assert closed == [("r-1", 0), ("r-1", 3), ("r-1", 4)]


def test_updates_at_the_same_moment_do_not_lose_one_another(
    orthanc: FakeOrthanc,
    series: FakeSeries,
    mirror: StateMirror,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both_read = threading.Barrier(2)
    write = orthanc.RestApiPut

    def write_late(uri: str, body: bytes) -> bytes:
        # Where nothing keeps them apart, both have read before either writes.
        with suppress(threading.BrokenBarrierError):
            both_read.wait(0.2)
        return write(uri, body)

    monkeypatch.setattr(orthanc, "RestApiPut", write_late)
    with ThreadPoolExecutor(2) as callers:
        for model in ("brain", "tumour"):
            told = state(request_id=model, model=model)
            callers.submit(mirror.take, series_id="a-1", told=told)
    assert set(states_from_json(series.metadata[STATE])) == {"brain", "tumour"}
