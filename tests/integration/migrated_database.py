"""An empty SQLite queue, made once: migrations take longer than most tests."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

MANAGE = Path(__file__).resolve().parents[2] / "django_api" / "manage.py"


@cache
def migrated_database() -> bytes:
    """The file as `manage.py migrate` leaves it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "queue.sqlite3"
        subprocess.run(
            [sys.executable, str(MANAGE), "migrate", "--verbosity", "0"],
            env={
                "PATH": os.environ["PATH"],
                "DJANGO_SECRET_KEY": "of a database without content",
                "DATABASE_URL": f"sqlite:///{file}",
            },
            check=True,
        )
        return file.read_bytes()
