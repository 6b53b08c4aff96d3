from __future__ import annotations

import pytest

from segrelay_worker.supervisor.abort import Abort
from segrelay_worker.supervisor.errors import StoppingError
from segrelay_worker.supervisor.shutdown import Shutdown


def test_a_wish_ends_every_wait() -> None:
    shutdown = Shutdown()
    assert not shutdown.is_asked
    shutdown.ask()
    assert shutdown.is_asked
    with pytest.raises(StoppingError):
        shutdown.waiting.pause(60)


def test_a_wish_reaches_the_request_in_hand() -> None:
    shutdown, abort = Shutdown(), Abort()
    with shutdown.holding(abort):
        shutdown.ask()
        with pytest.raises(StoppingError):
            abort.raise_if_set()


def test_a_wish_before_the_request_reaches_it_too() -> None:
    shutdown, abort = Shutdown(), Abort()
    shutdown.ask()
    with shutdown.holding(abort), pytest.raises(StoppingError):
        abort.raise_if_set()


def test_only_the_second_wish_ends_work_that_is_nearly_done() -> None:
    shutdown, abort = Shutdown(), Abort()
    abort.finish_if_stopped()
    with shutdown.holding(abort):
        shutdown.ask()
        abort.raise_if_set()
        shutdown.ask()
        with pytest.raises(StoppingError):
            abort.raise_if_set()


def test_a_request_that_has_ended_is_left_alone() -> None:
    shutdown, abort = Shutdown(), Abort()
    with shutdown.holding(abort):
        pass
    shutdown.ask()
    abort.raise_if_set()


def test_finishing_has_an_end() -> None:
    shutdown, abort = Shutdown(finish_seconds=0.01), Abort()
    abort.finish_if_stopped()
    with shutdown.holding(abort):
        shutdown.ask()
        with pytest.raises(StoppingError):
            abort.pause(60)
