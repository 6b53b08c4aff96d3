import time
from collections.abc import Callable
from typing import TypeVar

PAUSE_SECONDS = 0.05

Value = TypeVar("Value")


def until(check: Callable[[], Value], *, what: str, seconds: float = 20) -> Value:
    """Asks again and again until the answer is true, and gives it; fails after the deadline."""
    deadline = time.monotonic() + seconds
    while not (value := check()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(PAUSE_SECONDS)
    return value
