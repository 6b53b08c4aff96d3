import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from integration.polling import until

from segrelay_plugin.backoff import Backoff
from segrelay_plugin.delivery import MOST_SILENCES, Delivery
from segrelay_plugin.django_client import DjangoClient
from segrelay_plugin.errors import DjangoUnreachableError, EventNotTakenError, EventRefusedError
from segrelay_plugin.events import SeriesDeleted
from segrelay_plugin.outbox import Outbox


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


@pytest.fixture
def delivery(outbox: Outbox, listener: Listener) -> Delivery:
    return Delivery(outbox=outbox, django=listener, backoff=Backoff(first_seconds=0.01))


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


@pytest.mark.parametrize("failure", [EventNotTakenError("500"), DjangoUnreachableError("timeout")])
def test_an_event_that_is_not_taken_holds_up_its_own_series_only(
    outbox: Outbox,
    listener: Listener,
    delivery: Delivery,
    add: Callable[..., None],
    failure: Exception,
) -> None:
    add("a", "b", "a")
    listener.failures["a"] = failure
    assert not delivery.deliver_waiting()
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


def test_a_damaged_event_holds_up_nothing(
    tmp_path: Path, outbox: Outbox, listener: Listener, delivery: Delivery, add: Callable[..., None]
) -> None:
    (tmp_path / "outbox" / "000000000000-x.json").write_text("{")
    add("a")
    assert delivery.deliver_waiting()
    assert listener.heard == ["a"]


def test_the_error_is_forgotten_when_all_is_well_again(
    listener: Listener, delivery: Delivery, add: Callable[..., None]
) -> None:
    add("a")
    listener.failures["a"] = EventNotTakenError("500")
    delivery.deliver_waiting()
    listener.failures.clear()
    delivery.deliver_waiting()
    assert delivery.last_error is None


@pytest.mark.parametrize("failure", [DjangoUnreachableError("refused"), RuntimeError("defect")])
def test_the_thread_tries_until_it_succeeds_and_then_waits_for_more(
    outbox: Outbox,
    listener: Listener,
    delivery: Delivery,
    add: Callable[..., None],
    failure: Exception,
) -> None:
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
