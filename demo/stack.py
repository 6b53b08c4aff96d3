import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

from demo.errors import TooSlowError
from demo.programs import Program, RunningProgram

_PAUSE_SECONDS = 0.2

Value = TypeVar("Value")


class Stack:
    """What was started so far; on exit it is stopped in reverse order."""

    def __init__(self) -> None:
        self._running: list[RunningProgram] = []

    def __enter__(self) -> Self:
        """Nothing is started yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave nothing behind, whatever happened."""
        while self._running:
            self._running.pop().stop()

    def start(self, program: Program) -> None:
        """Start a program that stays."""
        self._running.append(RunningProgram(program))

    def run(self, program: Program) -> None:
        """Run a program to its end. Raises ProgramEndedError if it failed."""
        started = RunningProgram(program)
        self._running.append(started)
        if started.wait() != 0:
            started.ensure_alive()
        self._running.remove(started)

    def ensure_alive(self) -> None:
        """Raises ProgramEndedError if a program ended by itself."""
        for running in self._running:
            running.ensure_alive()

    def until(self, check: Callable[[], Value | None], *, what: str, seconds: float) -> Value:
        """Ask again and again until there is an answer, and give it.

        Raises TooSlowError after the deadline, ProgramEndedError when a program is gone.
        """
        deadline = time.monotonic() + seconds
        while (value := check()) is None:
            self.ensure_alive()
            if time.monotonic() > deadline:
                raise TooSlowError(f"{what} did not happen within {seconds:.0f} seconds.")
            time.sleep(_PAUSE_SECONDS)
        return value

    def until_true(self, check: Callable[[], bool], *, what: str, seconds: float) -> None:
        """The same for a yes-or-no question."""
        self.until(lambda: check() or None, what=what, seconds=seconds)

    def keep_up(self) -> None:
        """Stay until a program ends by itself, which raises ProgramEndedError."""
        while True:
            self.ensure_alive()
            time.sleep(_PAUSE_SECONDS)
