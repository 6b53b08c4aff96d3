import contextlib
from pathlib import Path

from demo.run_folder import run_folder


def test_each_run_has_a_folder_of_its_own_that_only_its_user_may_read(tmp_path: Path) -> None:
    with run_folder(tmp_path) as one, run_folder(tmp_path) as other:
        assert one != other
        assert one.stat().st_mode & 0o077 == 0


def test_the_logs_of_a_run_stay_until_the_next_one_begins(tmp_path: Path) -> None:
    with contextlib.suppress(RuntimeError), run_folder(tmp_path) as failed:
        (failed / "orthanc.log").write_text("last words")
        raise RuntimeError
    assert (failed / "orthanc.log").is_file()
    with run_folder(tmp_path):
        assert not failed.exists()


def test_a_demo_that_still_runs_keeps_its_folder(tmp_path: Path) -> None:
    with run_folder(tmp_path) as first:
        with run_folder(tmp_path):
            pass
        with run_folder(tmp_path):
            assert first.is_dir()


def test_the_image_and_the_model_are_not_touched(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "ch2.nii.gz").write_bytes(b"voxels")
    with run_folder(tmp_path):
        pass
    with run_folder(tmp_path):
        assert (tmp_path / "model").is_dir()
        assert (tmp_path / "ch2.nii.gz").is_file()
