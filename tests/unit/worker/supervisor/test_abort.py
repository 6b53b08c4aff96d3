from __future__ import annotations

import threading

import pytest

from segrelay_worker.errors import CancelledError, LeaseLostError
from segrelay_worker.supervisor.abort import Abort, AbortReason
from segrelay_worker.supervisor.errors import StoppingError


@pytest.mark.parametrize(
    ("reason", "error"),
    [
        (AbortReason.LEASE_LOST, LeaseLostError),
        (AbortReason.CANCELLED, CancelledError),
        (AbortReason.STOPPING, StoppingError),
    ],
)
def test_a_reason_raises_its_error(reason: AbortReason, error: type[Exception]) -> None:
    abort = Abort()
    abort.raise_if_set()
    abort.set(reason)
    with pytest.raises(error):
        abort.raise_if_set()


def test_the_first_reason_stands() -> None:
    abort = Abort()
    abort.set(AbortReason.CANCELLED)
    abort.set(AbortReason.LEASE_LOST)
    with pytest.raises(CancelledError):
        abort.raise_if_set()


def test_an_action_runs_when_it_is_set_and_at_once_when_it_was() -> None:
    abort, told = Abort(), list[str]()
    abort.on_set(lambda: told.append("before"))
    assert not told
    abort.set(AbortReason.STOPPING)
    abort.on_set(lambda: told.append("after"))
    assert told == ["before", "after"]


def test_a_polite_stop_spares_work_that_is_nearly_done() -> None:
    abort = Abort()
    abort.finish_if_stopped()
    abort.ask_to_stop()
    abort.raise_if_set()
    abort.set(AbortReason.STOPPING)
    with pytest.raises(StoppingError):
        abort.raise_if_set()


def test_a_polite_stop_ends_other_work() -> None:
    abort = Abort()
    abort.ask_to_stop()
    with pytest.raises(StoppingError):
        abort.raise_if_set()


def test_a_call_gives_its_answer_or_its_error() -> None:
    abort = Abort()
    assert abort.unless_set(lambda: "answer") == "answer"
    with pytest.raises(ZeroDivisionError):
        abort.unless_set(lambda: 1 // 0)


def test_a_call_that_hangs_is_left_behind() -> None:
    abort, hanging, end = Abort(), threading.Event(), threading.Event()

    def hang() -> None:
        hanging.set()
        end.wait(60)

    def lose() -> None:
        hanging.wait(60)
        abort.set(AbortReason.LEASE_LOST)

    threading.Thread(target=lose).start()
    with pytest.raises(LeaseLostError):
        abort.unless_set(hang)
    end.set()


def test_a_pause_ends_when_it_is_set() -> None:
    abort = Abort()
    threading.Thread(target=abort.set, args=(AbortReason.CANCELLED,)).start()
    with pytest.raises(CancelledError):
        abort.pause(60)
