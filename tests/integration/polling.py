import time
from collections.abc import Callable
from typing import TypeVar

PAUSE_SECONDS = 0.05
LONGEST_SECONDS = 60.0  # no test is about speed here; a busy machine is no defect

Value = TypeVar("Value")


def until(
    check: Callable[[], Value], *, what: str | Callable[[], str], seconds: float = LONGEST_SECONDS
) -> Value:
    """Asks again and again until the answer is true, and gives it; fails after the deadline."""
    deadline = time.monotonic() + seconds
    while not (value := check()):
        if time.monotonic() > deadline:
            told = what if isinstance(what, str) else what()
            raise AssertionError(f"not within {seconds} s: {told}")
        time.sleep(PAUSE_SECONDS)
    return value
