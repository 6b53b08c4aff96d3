from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[1]


class Side:
    """One way to serve requests, in a process of its own that works when it is told to."""

    def __init__(self, side: str, net: str, folder: Path) -> None:
        self.name = side
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.infer_side", side, net, str(folder)],
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self) -> Self:
        """Ready when its model is loaded."""
        self.seconds_to_start: float = self._heard()["seconds_to_start"]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing of it stays."""
        self._process.kill()
        self._process.wait()

    def request(self) -> dict[str, Any]:
        """Seconds, seconds that its processors were busy, and the way."""
        if self._process.stdin is None:
            raise RuntimeError("it was started with a pipe")
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        return self._heard()

    def peak_gb(self) -> float:
        """How much memory it took at most; it is not to be asked anything else then."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        return float(self._heard()["peak_gb"])

    def _heard(self) -> dict[str, Any]:
        if self._process.stdout is None:
            raise RuntimeError("it was started with a pipe")
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the side {self.name} ended with {self._process.wait()}")
        heard: dict[str, Any] = json.loads(line)
        return heard
