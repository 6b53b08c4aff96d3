"""A Django that takes each call and never answers: nothing in Orthanc waits for it but presses."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from builders.minimal_mr import mr_series
from fakes.django_server import FakeDjango
from integration.conftest import AnOrthanc
from integration.orthanc_server import OrthancServer
from integration.polling import until
from integration.sending import BOTH_WAYS, SendBy, send_by_rest

PLACES = 4  # for presses that wait
ASK_ALWAYS = """
[[rules]]
name = "every MR series"
candidate_models = []
request_now = true
when = { images = { min = 2 } }
"""


@pytest.fixture(scope="module")
def shared_django() -> Iterator[FakeDjango]:
    with FakeDjango() as fake:
        yield fake


@pytest.fixture
def django(shared_django: FakeDjango) -> Iterator[FakeDjango]:
    shared_django.reset()
    yield shared_django
    shared_django.release()


@pytest.fixture(scope="module")
def orthanc(
    tmp_path_factory: pytest.TempPathFactory, shared_django: FakeDjango, new_orthanc: AnOrthanc
) -> Iterator[OrthancServer]:
    folder = tmp_path_factory.mktemp("orthanc")
    with new_orthanc(folder, django_url=shared_django.url) as server:
        yield server


@contextmanager
def all_places_taken(orthanc: OrthancServer, django: FakeDjango, series_id: str) -> Iterator[None]:
    """Four presses have reached Django before the block, and are without an answer after it."""
    django.hang()
    press = partial(orthanc.call, "POST", f"/segrelay/series/{series_id}/segment")
    with ThreadPoolExecutor(PLACES) as threads:
        presses = [threads.submit(press) for _ in range(PLACES)]
        until(lambda: _reached(django) == PLACES, what="four presses wait for Django")
        try:
            yield
            assert not any(press.done() for press in presses)
        finally:
            django.release()
        assert {press.result().status_code for press in presses} == {200}


def _reached(django: FakeDjango) -> int:
    return sum(call.path.endswith("segment/") for call in list(django.calls))


def is_candidate(orthanc: OrthancServer, series_id: str) -> bool:
    return bool(orthanc.get(f"/segrelay/series/{series_id}")["candidate"])


@pytest.mark.parametrize(
    "path",
    [
        "/system",
        "/series/{}/instances-tags",
        "/series/{}/archive",
        "/segrelay/series/{}",
        "/segrelay/candidates",
    ],
)
def test_reading_is_not_held_up(orthanc: OrthancServer, django: FakeDjango, path: str) -> None:
    series_id = send_by_rest(orthanc, mr_series())
    with all_places_taken(orthanc, django, series_id):
        assert orthanc.call("GET", path.format(series_id)).ok


@BOTH_WAYS
def test_storing_is_not_held_up(
    orthanc: OrthancServer, django: FakeDjango, send_by: SendBy
) -> None:
    series_id = send_by_rest(orthanc, mr_series())
    with all_places_taken(orthanc, django, series_id):
        other_id = send_by(orthanc, mr_series(slices=1))
    assert orthanc.get(f"/series/{other_id}")["Instances"]


def test_tagging_is_not_held_up(orthanc: OrthancServer, django: FakeDjango) -> None:
    django.hang()
    first_id, second_id = (send_by_rest(orthanc, mr_series()) for _ in range(2))
    until(lambda: is_candidate(orthanc, first_id), what="a series is tagged")
    until(lambda: is_candidate(orthanc, second_id), what="another one is tagged")


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_fifth_call_that_would_wait_is_told_that_all_places_are_taken(
    orthanc: OrthancServer, django: FakeDjango, method: str
) -> None:
    series_id = send_by_rest(orthanc, mr_series())
    route = {"POST": "segment", "GET": "models"}[method]
    with all_places_taken(orthanc, django, series_id):
        fifth = orthanc.call(method, f"/segrelay/series/{series_id}/{route}")
    assert (fifth.status_code, fifth.json()["code"]) == (503, "busy")


def test_a_press_gives_up_by_itself(orthanc: OrthancServer, django: FakeDjango) -> None:
    series_id = send_by_rest(orthanc, mr_series())
    django.hang()
    given_up = orthanc.call("POST", f"/segrelay/series/{series_id}/segment")
    assert (given_up.status_code, given_up.json()["code"]) == (503, "django_unreachable")


def test_orthanc_stops(tmp_path: Path, django: FakeDjango, new_orthanc: AnOrthanc) -> None:
    django.hang()
    with new_orthanc(tmp_path / "orthanc", django_url=django.url, rules=ASK_ALWAYS) as orthanc:
        series_id = send_by_rest(orthanc, mr_series())
        # Such an event may take Django half a minute.
        until(lambda: events_of(series_id, django), what="the event is on its way")
        orthanc.stop()
        django.release()
        orthanc.start()
        until(lambda: orthanc.get("/segrelay/health")["outbox"] == 0, what="the outbox is empty")
    assert len(set(events_of(series_id, django))) == 1


def events_of(series_id: str, django: FakeDjango) -> list[str]:
    """Ids of what came of this series; another Orthanc may still tell of its own."""
    return [event["event_id"] for event in django.events if event["series_id"] == series_id]
