from __future__ import annotations

from types import TracebackType
from typing import Final, Self, TextIO

from segrelay_contract.status import Stage

WIDTH: Final = 30
NAMES: Final = {
    Stage.INFERRING: "추론 중 (inferring)",
    Stage.ENCODING: "결과 작성 중 (encoding)",
}


class ProgressBar:
    """On a terminal one line that grows; elsewhere a line for each stage."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._stage: Stage | None = None

    def show(self, stage: Stage, fraction: float) -> None:
        """How much of a stage is done, 0 to 1."""
        if stage is not self._stage:
            self._end_line()
            self._stage = stage
            self._write(NAMES[stage], end="" if self._is_terminal else "\n")
        if self._is_terminal:
            done = "#" * round(fraction * WIDTH)
            self._write(f"\r{NAMES[stage]} [{done:.<{WIDTH}}] {fraction:4.0%}", end="")

    def note(self, line: str) -> None:
        """A line for people, beside the bar."""
        self._end_line()
        self._write(line)

    def _end_line(self) -> None:
        if self._stage is not None and self._is_terminal:
            self._write("")
        self._stage = None

    def _write(self, text: str, end: str = "\n") -> None:
        self._stream.write(text + end)
        self._stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end_line()
