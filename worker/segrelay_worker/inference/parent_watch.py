from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from multiprocessing.connection import wait

_PR_SET_PDEATHSIG = 1  # prctl(2)
_ORPHANED_STATUS = 1


def end_with_parent() -> None:
    """End this process as soon as the one that started it is gone, even by kill -9.

    A thread watches on every system. On Linux the kernel does too: a long call that never lets
    Python threads run would stop the thread, but not the kernel.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()


def _end_after(parent_sentinel: int) -> None:
    wait([parent_sentinel])  # answers at once for a parent that died before
    os._exit(_ORPHANED_STATUS)
