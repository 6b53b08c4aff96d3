from __future__ import annotations

from io import BufferedReader, FileIO
from pathlib import Path


class BoundedFile(BufferedReader):
    """Asks for no more than is left.

    A damaged length may say 4 GB; so much memory would be taken before the file ends sooner.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(FileIO(str(path)))  # pydicom adds its name to sentences
        self._bytes = path.stat().st_size

    def read(self, size: int | None = -1, /) -> bytes:
        """As of any file."""
        left = max(self._bytes - self.tell(), 0)
        return super().read(left if size is None or size < 0 else min(size, left))
