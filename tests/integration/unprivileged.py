"""PostgreSQL and PgBouncer refuse to run as root; both then run as the user that Debian made."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def as_unprivileged() -> list[str]:
    """What stands before a command; setpriv becomes the command, so its id is the command's."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]


def give_to_unprivileged(folder: Path) -> None:
    """The folder, what is in it, and a way into it."""
    if os.geteuid() != 0:
        return
    for path in (folder, *folder.rglob("*")):
        subprocess.run(["chown", "postgres:", str(path)], check=True)
    for parent in folder.parents:
        if parent.stat().st_mode & 0o001 == 0:
            parent.chmod(parent.stat().st_mode | 0o001)  # pytest's folders are its user's alone
