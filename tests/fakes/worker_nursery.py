"""Forks one-process workers on demand: imports are done once, so that starts cost next to nothing.

Reads lines of JSON: {"start": name, "folder": …, "environment": {…}}, {"signal": name,
"number": 9}; answers each with one line, {"done": true or false}. Its end of input ends all.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from pathlib import Path
from typing import Any

from fakes import one_process_worker

# What the first request would import otherwise, in every worker anew.
import highdicom  # isort: skip # noqa: F401


class Nursery:
    """The workers that were started, by name."""

    def __init__(self) -> None:
        self._pids: dict[str, int] = {}

    def obey(self, order: dict[str, Any]) -> bool:
        """Whether it could be done."""
        if "start" in order:
            return self._start(order["start"], Path(order["folder"]), order["environment"])
        return self._signal(order["signal"], order["number"])

    def end(self) -> None:
        for name in tuple(self._pids):
            self._signal(name, signal.SIGKILL)

    def _start(self, name: str, folder: Path, environment: dict[str, str]) -> bool:
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            _become_worker(folder, environment)
        self._pids[name] = pid
        return True

    def _signal(self, name: str, number: int) -> bool:
        """After SIGKILL the process is gone when this returns."""
        pid = self._pids.get(name)
        if pid is None:
            return False
        os.kill(pid, number)  # ours until it is waited for
        if number == signal.SIGKILL:
            del self._pids[name]
            os.waitpid(pid, 0)
        return True


def _become_worker(folder: Path, environment: dict[str, str]) -> None:
    """Never returns: the parent's loop is not the child's."""
    status = 1
    try:
        random.seed()
        with (folder / "worker.log").open("ab") as log, Path(os.devnull).open("rb") as nothing:
            os.dup2(nothing.fileno(), 0)
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        os.environ.update(environment)
        os.chdir(folder)
        status = one_process_worker.run(folder)
    finally:
        os._exit(status)


def main() -> None:
    nursery = Nursery()
    try:
        for line in sys.stdin:
            sys.stdout.write(json.dumps({"done": nursery.obey(json.loads(line))}) + "\n")
            sys.stdout.flush()
    finally:
        nursery.end()


if __name__ == "__main__":
    main()
