"""A hospital's own PythonScript; Orthanc runs it, and the tests only name it."""

from typing import Any

import orthanc
import segrelay

seen: list[str] = []


def show_changes(output: Any, _path: str, **_call: Any) -> None:
    output.AnswerBuffer(" ".join(seen), "text/plain")


def note_new_series(change: int, _level: int, resource_id: str) -> None:
    if change == orthanc.ChangeType.NEW_SERIES:
        seen.append(resource_id)
        raise RuntimeError("a defect of the hospital's own")


def no_statistics(path: str, **call: Any) -> bool:
    if path == "/statistics" and call["headers"].get("x-defect"):
        raise RuntimeError("another one")
    return path != "/statistics"


orthanc.RegisterRestCallback("/hospital/changes", show_changes)
segrelay.also_on_change(note_new_series)
segrelay.also_filter(no_statistics)
