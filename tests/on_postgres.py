"""Runs a command with DATABASE_URL on a new PostgreSQL: `python -m tests.on_postgres COMMAND …`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from integration.postgres_server import create_database, running_postgres


def main(command: list[str]) -> int:
    """The command's exit status. Nothing there has to survive a power cut, so nothing waits."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_postgres(Path(folder) / "postgres", fsync="off") as address,
    ):
        url = create_database(address, "segrelay")
        return subprocess.run(
            command, env={**os.environ, "DATABASE_URL": url}, check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
