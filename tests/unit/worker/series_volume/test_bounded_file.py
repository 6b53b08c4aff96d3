from __future__ import annotations

from pathlib import Path

from segrelay_worker.series_volume.bounded_file import BoundedFile

MORE_THAN_ANY_MEMORY = 2**62


def test_no_more_memory_is_asked_for_than_the_file_fills(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(range(10)))
    with BoundedFile(path) as file:
        assert file.read(4) == bytes(range(4))
        assert file.read(MORE_THAN_ANY_MEMORY) == bytes(range(4, 10))
        assert file.read(2) == b""
        file.seek(1)
        assert file.read() == bytes(range(1, 10))
        assert file.name == str(path)
