"""Keeps one worker running until somebody asks for the end.

Signals are blocked and waited for instead of handled: nothing happens between two lines, so there
is no moment at which one could be lost. Needs Linux.
"""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from segrelay_api.embedded_worker.worker_process import WorkerProcess, start_worker

STOPPED = 0  # exit status
# Of the worker: wrong settings, unusable model. A new start cures neither.
HOPELESS_STATUSES = frozenset({2, 3})
ENDING = {signal.SIGTERM, signal.SIGINT}
HEARD = ENDING | {signal.SIGCHLD}
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Patience:
    """How long the supervision waits for what, in seconds."""

    first_pause: float = 1.0
    longest_pause: float = 60.0
    healthy_after: float = 60.0  # who ran so long starts again with the first pause
    end: float = 150.0  # from the signal to kill -9; the worker itself may need 140


def keep_running(
    *, command: Sequence[str], environment: Mapping[str, str], patience: Patience
) -> int:
    """Starts the worker again whenever it dies; the exit status for the service.

    Returns 0 when a signal asked for the end, and the worker's own status where a new start
    would not help. Raises OSError if the worker cannot be started at all.
    """
    with _blocked_signals():
        pause = patience.first_pause
        while True:
            began = time.monotonic()
            worker = start_worker(command=command, environment=environment, signals=HEARD)
            log.info("embedded worker started pid=%d", worker.pid)
            if _asked_to_end(worker, patience):
                return STOPPED
            if worker.returncode in HOPELESS_STATUSES:
                return worker.returncode
            if time.monotonic() - began >= patience.healthy_after:
                pause = patience.first_pause
            log.warning("embedded worker died status=%d pause=%g", worker.returncode, pause)
            if signal.sigtimedwait(ENDING, pause):
                return STOPPED
            pause = min(2 * pause, patience.longest_pause)


@contextmanager
def _blocked_signals() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _asked_to_end(worker: WorkerProcess, patience: Patience) -> bool:
    """Passes signals on until the worker has ended; whether there was one."""
    ends_at = None
    while worker.poll() is None:
        received = _next_signal(ends_at)
        if received is None:
            log.error("embedded worker did not end within %g s, killing it", patience.end)
            os.killpg(worker.pid, signal.SIGKILL)  # with its inference process
            worker.wait()
        elif received in ENDING:
            worker.send_signal(received)
            ends_at = ends_at or time.monotonic() + patience.end
    return ends_at is not None


def _next_signal(ends_at: float | None) -> int | None:
    """None when the time is over."""
    if ends_at is None:
        return signal.sigwaitinfo(HEARD).si_signo
    info = signal.sigtimedwait(HEARD, max(0.0, ends_at - time.monotonic()))
    return info and info.si_signo
