"""A worker in the eyes of those who start it: says what it is and does, and dies as it is told.

`short_lived_worker.py LOG HOW`, where HOW is an exit status, `wait` (until a signal) or `deaf`.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType


def main(log: Path, how: str) -> int:
    def say(*words: object) -> None:
        with log.open("a") as file:
            file.write(" ".join(map(str, words)) + "\n")

    def heard(number: int, _frame: FrameType | None) -> None:
        say("heard", signal.Signals(number).name)
        if how != "deaf":
            sys.exit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, heard)
    say("started", os.getpid(), "SECRET" if "DJANGO_SECRET_KEY" in os.environ else "clean")
    if how.isdigit():
        return int(how)
    while True:
        signal.pause()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
