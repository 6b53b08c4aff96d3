from __future__ import annotations

import hashlib
from pathlib import Path


def sha256_of(path: Path) -> str:
    """Hexadecimal, as model.toml and lists of files name it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
