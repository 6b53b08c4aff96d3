from __future__ import annotations

import os
from pathlib import Path
from uuid import UUID

import pytest
from builders.finished_results import finished_result

from segrelay_worker.supervisor.errors import SpoolError
from segrelay_worker.supervisor.spool import open_spool

REQUEST_ID = UUID(int=1)


def test_a_folder_is_there_for_one_attempt_only(tmp_path: Path) -> None:
    with open_spool(tmp_path / "spool") as spool:
        with spool.attempt(REQUEST_ID, 2) as folder:
            (folder / "series").mkdir()
            (folder / "series" / "000001.dcm").touch()
        assert not folder.exists()


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    with open_spool(tmp_path / "spool") as spool:
        assert spool.folder.stat().st_mode & 0o077 == 0


def test_nothing_is_left_when_it_is_closed(tmp_path: Path) -> None:
    with open_spool(tmp_path) as spool:
        (spool.folder / "rest").touch()
    assert not list(tmp_path.glob("worker-*"))


def test_what_a_dead_worker_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / "worker-dead"
    left.mkdir()
    (left / "000001.dcm").touch()
    with open_spool(tmp_path):
        assert not left.exists()


def test_what_a_worker_finished_outlives_it_and_goes_to_the_next(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    with open_spool(tmp_path / "spool") as first:
        first.results.keep(finished_result(tmp_path))
    with open_spool(tmp_path / "spool") as second:
        assert not first.folder.exists()
        [kept] = second.results.waiting()
        assert kept.outcome.files[0].path.is_relative_to(second.folder)


def test_what_a_living_worker_finished_stays_its_own(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    with open_spool(tmp_path / "spool") as first:
        first.results.keep(finished_result(tmp_path))
        with open_spool(tmp_path / "spool") as second:
            assert not second.results.waiting()
        assert first.results.waiting()


def test_what_two_dead_workers_finished_is_taken_over_once(tmp_path: Path) -> None:
    spool_dir = tmp_path / "spool"
    with open_spool(spool_dir) as first, open_spool(spool_dir) as second:
        for spool, name in ((first, "1"), (second, "2")):
            (tmp_path / name).mkdir()
            spool.results.keep(finished_result(tmp_path / name))
    with open_spool(spool_dir) as third:
        assert len(third.results.waiting()) == 1
        assert list(spool_dir.glob("worker-*")) == [third.folder]


def test_a_folder_that_vanishes_while_it_is_looked_at_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "glob", lambda *_: iter([tmp_path / "worker-gone"]))
    with open_spool(tmp_path) as spool:
        assert spool.folder.exists()


def test_what_cannot_be_removed_keeps_no_worker_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = tmp_path / "worker-dead"
    (left / "series").mkdir(parents=True)

    def refuse(_path: object, *, dir_fd: int | None = None) -> None:
        raise PermissionError

    with monkeypatch.context() as patched:
        patched.setattr(os, "rmdir", refuse)
        with open_spool(tmp_path) as spool:
            assert spool.folder.exists()


def test_what_a_living_worker_uses_is_kept(tmp_path: Path) -> None:
    with open_spool(tmp_path) as first, first.attempt(REQUEST_ID, 1) as folder:
        with open_spool(tmp_path):
            assert folder.exists()
        assert folder.exists()


def test_what_is_not_a_workers_is_kept(tmp_path: Path) -> None:
    (tmp_path / "results of last week").mkdir()
    with open_spool(tmp_path):
        assert (tmp_path / "results of last week").exists()


def test_a_place_that_cannot_be_used_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SpoolError, match=r"SPOOL_DIR .* cannot be used: .*Name a folder"):
        open_spool(tmp_path / "file").__enter__()


def test_the_lock_does_not_reach_the_inference_process(tmp_path: Path) -> None:
    with open_spool(tmp_path) as spool:
        owner = (spool.folder / "owner.lock").stat().st_ino
        descriptors = [int(path.name) for path in Path("/proc/self/fd").iterdir()]
        ours = [number for number in descriptors if _inode(number) == owner]
        inherited = [number for number in ours if os.get_inheritable(number)]
    assert ours
    assert not inherited


def _inode(descriptor: int) -> int:
    try:
        return os.fstat(descriptor).st_ino
    except OSError:
        return -1  # the one that listed the folder
