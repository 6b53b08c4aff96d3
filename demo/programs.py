"""The programs that a run starts: each writes to a log of its own and ends with the demo."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from demo.errors import ProgramEndedError, ProgramMissingError

# The kernel ends the program when the demo is gone, even by kill -9.
_END_WITH_THE_DEMO: Final = ("setpriv", "--pdeathsig", "TERM", "--")
_STOP_SECONDS: Final = 20


@dataclass(frozen=True)
class Program:
    """One program, ready to be started.

    Attributes:
        name: What people call it.
        command: The program and its arguments.
        environment: All that it gets to see.
        log: Where its output goes.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path

    def last_words(self) -> str:
        """The last line of the log."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").split("\n")
        return next((line for line in reversed(lines) if line.strip()), "nothing")


class RunningProgram:
    """A started program; stopped by its own process only."""

    def __init__(self, program: Program) -> None:
        self.program = program
        with program.log.open("ab") as log:
            try:
                self._process = subprocess.Popen(
                    [*_END_WITH_THE_DEMO, *program.command],
                    env=dict(program.environment),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # a Ctrl-C is for the demo, which stops it in order
                )
            except FileNotFoundError as missing:
                raise ProgramMissingError(
                    "The program setpriv is not on this machine. Install the package util-linux."
                ) from missing

    def wait(self) -> int:
        """Wait for the end of a program that does one thing; gives its exit status."""
        return self._process.wait()

    def ensure_alive(self) -> None:
        """Raises ProgramEndedError, with the program's last words, if it ended by itself."""
        status = self._process.poll()
        if status is not None:
            raise ProgramEndedError(
                f"{self.program.name} ended by itself with status {status}. "
                f"Its last words: {self.program.last_words()}"
            )

    def stop(self) -> None:
        """Ask it to end, and see to it."""
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
