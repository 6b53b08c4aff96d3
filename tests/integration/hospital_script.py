"""A hospital's own PythonScript; Orthanc runs it, and the tests only name it."""

import threading
from typing import Any

import orthanc
import segrelay

seen: list[str] = []
changes_in_this_thread = threading.local()
changes_of_threads: list[int] = []  # how many the thread of each change had brought by then


def show_changes(output: Any, _path: str, **_call: Any) -> None:
    output.AnswerBuffer(" ".join(seen), "text/plain")


def show_most_changes(output: Any, _path: str, **_call: Any) -> None:
    output.AnswerBuffer(str(max(changes_of_threads, default=0)), "text/plain")


def count_change(_change: int, _level: int, _resource_id: str) -> None:
    changes_in_this_thread.count = getattr(changes_in_this_thread, "count", 0) + 1
    changes_of_threads.append(changes_in_this_thread.count)


def note_new_series(change: int, _level: int, resource_id: str) -> None:
    if change == orthanc.ChangeType.NEW_SERIES:
        seen.append(resource_id)
        raise RuntimeError("a defect of the hospital's own")


def no_statistics(path: str, **call: Any) -> bool:
    if path == "/statistics" and call["headers"].get("x-defect"):
        raise RuntimeError("another one")
    return path != "/statistics"


orthanc.RegisterRestCallback("/hospital/changes", show_changes)
orthanc.RegisterRestCallback("/hospital/most-changes-of-a-thread", show_most_changes)
segrelay.also_on_change(note_new_series)
segrelay.also_on_change(count_change)
segrelay.also_filter(no_statistics)
