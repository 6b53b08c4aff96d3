import threading
from pathlib import Path

import pytest

from segrelay_plugin.events import SeriesDeleted
from segrelay_plugin.outbox import Outbox


def series_ids(outbox: Outbox) -> list[object]:
    return [event.load()["series_id"] for event in outbox.waiting()]


def test_events_wait_in_the_order_they_came_across_restarts(tmp_path: Path) -> None:
    for number in range(12):
        Outbox(tmp_path).add(SeriesDeleted(series_id=f"a-{number}"))
    assert series_ids(Outbox(tmp_path)) == [f"a-{number}" for number in range(12)]


def test_an_event_that_waits_is_not_kept_twice(tmp_path: Path) -> None:
    event = SeriesDeleted(series_id="a-1")
    Outbox(tmp_path).add(event)
    again = Outbox(tmp_path)
    again.add(event)
    assert series_ids(again) == ["a-1"]


def test_a_removed_event_is_gone(outbox: Outbox) -> None:
    outbox.add(SeriesDeleted(series_id="a-1"))
    outbox.add(SeriesDeleted(series_id="a-2"))
    outbox.remove(outbox.waiting()[0])
    assert series_ids(outbox) == ["a-2"]


def test_a_half_written_file_is_never_an_event(tmp_path: Path) -> None:
    (tmp_path / "000000000001-x.part").write_text('{"series')
    outbox = Outbox(tmp_path)
    assert len(outbox) == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b'{"series', b"[]", b"{}", b"\xff"])
def test_a_damaged_file_is_told_apart_and_set_aside(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "000000000001-x.json").write_bytes(content)
    outbox = Outbox(tmp_path)
    [event] = outbox.waiting()
    with pytest.raises(ValueError, match=r".*"):
        event.load()
    outbox.set_aside(event)
    assert len(outbox) == 0
    assert [file.suffix for file in tmp_path.iterdir()] == [".damaged"]


def test_other_peoples_files_are_left_alone(tmp_path: Path) -> None:
    for name in ("notes.json", "my-notes.json", "1-old.json.bak"):
        (tmp_path / name).write_text("{}")
    outbox = Outbox(tmp_path)
    outbox.add(SeriesDeleted(series_id="a-1"))
    assert series_ids(outbox) == ["a-1"]


def test_an_added_event_costs_the_same_however_many_wait(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("iterdir", "glob"):
        monkeypatch.setattr(Path, name, lambda path, *_: pytest.fail(f"{path} is listed"))
    for number in range(3):
        outbox.add(SeriesDeleted(series_id=f"a-{number}"))
        assert len(outbox) == len(outbox.waiting()) == number + 1


def test_only_the_owner_can_look_into_it(tmp_path: Path) -> None:
    Outbox(tmp_path / "outbox")
    assert (tmp_path / "outbox").stat().st_mode & 0o077 == 0


def test_whoever_waits_learns_of_a_new_event(outbox: Outbox) -> None:
    waiter = threading.Thread(target=outbox.wait)
    waiter.start()
    outbox.add(SeriesDeleted(series_id="a-1"))
    waiter.join(20)
    assert not waiter.is_alive()
