"""A hospital's own PythonScript; Orthanc runs it, and the tests only name it."""

import threading
from typing import Any

import orthanc
import segrelay

seen: list[str] = []
this_thread = threading.local()
turns = {"change": [0], "call": [0]}  # how many the thread of each had brought by then


def show_changes(output: Any, _path: str, **_call: Any) -> None:
    output.AnswerBuffer(" ".join(seen), "text/plain")


def show_most_turns(output: Any, _path: str, **call: Any) -> None:
    output.AnswerBuffer(str(max(turns[call["groups"][0]])), "text/plain")


def count_turn(kind: str) -> None:
    count = getattr(this_thread, kind, 0) + 1
    setattr(this_thread, kind, count)
    turns[kind].append(count)


def count_change(_change: int, _level: int, _resource_id: str) -> None:
    count_turn("change")


def note_new_series(change: int, _level: int, resource_id: str) -> None:
    if change == orthanc.ChangeType.NEW_SERIES:
        seen.append(resource_id)
        raise RuntimeError("a defect of the hospital's own")


def no_statistics(path: str, **call: Any) -> bool:
    count_turn("call")
    if path == "/statistics" and call["headers"].get("x-defect"):
        raise RuntimeError("another one")
    return path != "/statistics"


orthanc.RegisterRestCallback("/hospital/changes", show_changes)
orthanc.RegisterRestCallback("/hospital/most-of-a-thread/(change|call)", show_most_turns)
segrelay.also_on_change(note_new_series)
segrelay.also_on_change(count_change)
segrelay.also_filter(no_statistics)
