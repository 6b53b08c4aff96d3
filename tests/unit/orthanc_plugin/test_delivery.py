import itertools
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from integration.polling import until

from segrelay_plugin.backoff import Backoff
from segrelay_plugin.delivery import MOST_SILENCES, Delivery
from segrelay_plugin.django_client import DjangoClient
from segrelay_plugin.errors import (
    DjangoUnreachableError,
    EventNotTakenError,
    EventRefusedError,
    ForeignAnswerError,
)
from segrelay_plugin.events import SeriesDeleted
from segrelay_plugin.outbox import Outbox
from segrelay_plugin.put_off import PutOff

SILENCE = DjangoUnreachableError("timed out")
FOREIGN = ForeignAnswerError("HTTP status 413 without JSON")
LONG = 100.0  # seconds; more than any pause


class Listener(DjangoClient):
    """Takes what it is told, except where it was told to raise."""

    def __init__(self) -> None:
        super().__init__(base_url="http://127.0.0.1:9/", token="secret")
        self.heard: list[object] = []
        self.failures: dict[object, Exception] = {}

    def tell(self, event: Mapping[str, object]) -> None:
        self.heard.append(event["series_id"])
        if failure := self.failures.get(event["series_id"]):
            raise failure


@pytest.fixture
def listener() -> Listener:
    return Listener()


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def delivery(outbox: Outbox, listener: Listener, clock: Clock) -> Delivery:
    return Delivery(
        outbox=outbox,
        django=listener,
        backoff=Backoff(first_seconds=0.01),
        put_off=PutOff(clock=clock),
    )


@pytest.fixture
def add(outbox: Outbox) -> Callable[..., None]:
    def add_all(*series_ids: str) -> None:
        for series_id in series_ids:
            outbox.add(SeriesDeleted(series_id=series_id))

    return add_all


def test_what_was_told_leaves_the_outbox(
    outbox: Outbox, listener: Listener, delivery: Delivery, add: Callable[..., None]
) -> None:
    add("a", "b")
    assert delivery.deliver_waiting()
    assert listener.heard == ["a", "b"]
    assert len(outbox) == 0


def test_a_refused_event_leaves_the_outbox_too(
    outbox: Outbox, listener: Listener, delivery: Delivery, add: Callable[..., None]
) -> None:
    add("a")
    listener.failures["a"] = EventRefusedError("422")
    assert delivery.deliver_waiting()
    assert len(outbox) == 0


@pytest.mark.parametrize("failure", [EventNotTakenError("500"), FOREIGN, SILENCE])
def test_an_event_that_is_not_taken_holds_up_its_own_series_only(
    outbox: Outbox,
    listener: Listener,
    delivery: Delivery,
    add: Callable[..., None],
    failure: Exception,
) -> None:
    add("a", "b", "a")
    listener.failures["a"] = failure
    assert delivery.deliver_waiting()
    assert listener.heard == ["a", "b"]
    assert len(outbox) == 2
    assert delivery.last_error == str(failure)


def test_a_silent_django_is_not_asked_about_every_event(
    outbox: Outbox, listener: Listener, delivery: Delivery, add: Callable[..., None]
) -> None:
    series_ids = [f"a-{number}" for number in range(10)]
    add(*series_ids)
    listener.failures = {one: DjangoUnreachableError("refused") for one in series_ids}
    assert not delivery.deliver_waiting()
    assert len(listener.heard) == MOST_SILENCES
    assert len(outbox) == 10


def test_answers_that_are_not_djangos_keep_no_other_event_from_being_sent(
    outbox: Outbox, listener: Listener, delivery: Delivery, add: Callable[..., None]
) -> None:
    stuck = [f"stuck-{number}" for number in range(MOST_SILENCES + 1)]
    add(*stuck, "good")
    listener.failures = dict.fromkeys(stuck, FOREIGN)
    assert delivery.deliver_waiting()
    assert listener.heard == [*stuck, "good"]
    assert len(outbox) == len(stuck)


def test_events_that_django_chokes_on_do_not_come_first_for_ever(
    listener: Listener, delivery: Delivery, add: Callable[..., None]
) -> None:
    stuck = [f"stuck-{number}" for number in range(MOST_SILENCES)]
    add(*stuck, "good")
    listener.failures = dict.fromkeys(stuck, SILENCE)
    assert not delivery.deliver_waiting()
    assert delivery.deliver_waiting()
    assert listener.heard == [*stuck, "good"]


def test_an_event_that_was_not_taken_comes_again_after_pauses_that_grow(
    listener: Listener, delivery: Delivery, clock: Clock, add: Callable[..., None]
) -> None:
    add("a")
    listener.failures["a"] = FOREIGN
    tries: list[float] = []
    for tenths in range(200):
        clock.seconds = tenths / 10
        delivery.deliver_waiting()
        if len(listener.heard) > len(tries):
            tries.append(clock.seconds)
    pauses = [later - earlier for earlier, later in itertools.pairwise(tries)]
    assert len(pauses) > 2
    assert pauses == sorted(set(pauses))
    assert delivery.last_error == str(FOREIGN)


def test_an_event_that_somebody_deleted_is_not_waited_for(
    outbox: Outbox, listener: Listener, clock: Clock, add: Callable[..., None]
) -> None:
    put_off = PutOff(clock=clock)
    delivery = Delivery(outbox=outbox, django=listener, backoff=Backoff(), put_off=put_off)
    add("a")
    listener.failures["a"] = FOREIGN
    delivery.deliver_waiting()
    assert put_off.seconds_until_next()
    outbox.waiting()[0].path.unlink()
    clock.seconds = LONG
    delivery.deliver_waiting()
    assert len(outbox) == 0
    assert put_off.seconds_until_next() is None
    assert delivery.last_error is None


def test_a_damaged_event_holds_up_nothing(
    outbox: Outbox, listener: Listener, delivery: Delivery, add: Callable[..., None]
) -> None:
    add("damaged", "a")
    outbox.waiting()[0].path.write_text("{")
    assert delivery.deliver_waiting()
    assert listener.heard == ["a"]
    assert len(outbox) == 0


def test_an_event_that_has_to_wait_is_not_read_each_time(
    listener: Listener,
    delivery: Delivery,
    add: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    add("a")
    listener.failures["a"] = FOREIGN
    delivery.deliver_waiting()
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"{path.name} is read"))
    assert delivery.deliver_waiting()


def test_the_error_is_forgotten_when_all_is_well_again(
    listener: Listener, delivery: Delivery, clock: Clock, add: Callable[..., None]
) -> None:
    add("a")
    listener.failures["a"] = EventNotTakenError("500")
    delivery.deliver_waiting()
    listener.failures.clear()
    clock.seconds = LONG
    delivery.deliver_waiting()
    assert delivery.last_error is None


@pytest.mark.parametrize("failure", [SILENCE, FOREIGN, RuntimeError("defect")])
def test_the_thread_tries_until_it_succeeds_and_then_waits_for_more(
    outbox: Outbox, listener: Listener, add: Callable[..., None], failure: Exception
) -> None:
    delivery = Delivery(
        outbox=outbox,
        django=listener,
        backoff=Backoff(first_seconds=0.01),
        put_off=PutOff(clock=time.monotonic, first_seconds=0.01),
    )
    add("a")
    listener.failures["a"] = failure
    thread = threading.Thread(target=delivery.run)
    thread.start()
    until(lambda: len(listener.heard) > 2, what="the event was tried again")
    listener.failures.clear()
    until(lambda: len(outbox) == 0, what="the event is delivered")
    add("b")
    until(lambda: listener.heard[-1] == "b", what="the next event is delivered")
    delivery.stop()
    thread.join(20)
    assert not thread.is_alive()
