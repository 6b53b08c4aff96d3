"""Starts the worker so that it never outlives who started it."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from functools import partial

PR_SET_PDEATHSIG = 1  # prctl(2)
ORPHANED_STATUS = 1

WorkerProcess = subprocess.Popen[bytes]


def start_worker(
    *, command: Sequence[str], environment: Mapping[str, str], signals: set[signal.Signals]
) -> WorkerProcess:
    """A process in a session of its own, so that a terminal's Ctrl-C reaches it only through us.

    `signals` are those that we keep blocked and that the worker must hear. Raises OSError.
    """
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    return subprocess.Popen(
        list(command),
        env=dict(environment),
        start_new_session=True,
        # Safe here: this process has no other threads that could hold a lock while it forks.
        preexec_fn=partial(_end_with_parent, prctl, os.getpid(), signals),  # noqa: PLW1509
    )


def _end_with_parent(
    prctl: Callable[[int, int], int], parent: int, signals: set[signal.Signals]
) -> None:
    """SIGTERM when we are gone, also by kill -9: the worker then gives its request back."""
    prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
    if os.getppid() != parent:
        os._exit(ORPHANED_STATUS)  # we were gone before the kernel knew of the wish
