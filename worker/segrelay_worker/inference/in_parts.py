"""Work on large arrays by all processors: numpy lets others run while it computes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


def in_parts(work: Callable[[slice], None], length: int, *, planes: int = 8) -> None:
    """Does `work` for so many planes at a time, in any order; raises what it raises.

    Few planes at a time keep what is computed on the way in the processor's own memory.
    """
    starts = iter(range(0, length, planes))  # one thread at a time gets the next

    def take_turns() -> None:
        for start in starts:
            work(slice(start, start + planes))

    processors = _processors()
    with ThreadPoolExecutor(processors) as threads:
        for each in [threads.submit(take_turns) for _ in range(processors)]:
            each.result()


def _processors() -> int:
    """Those that this process may use, where the system says which."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
