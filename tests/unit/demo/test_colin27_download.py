import os
import subprocess
from pathlib import Path

import pytest

from demo.colin27_download import fetch_colin27
from demo.errors import ImageUnavailableError


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is searched for programs first."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def put_program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


def debian_package(folder: Path, file_name: str) -> Path:
    root = folder / "root"
    (root / "DEBIAN").mkdir(parents=True)
    (root / "DEBIAN" / "control").write_text(
        "Package: some-data\nVersion: 1\nArchitecture: all\nMaintainer: Nobody <n@example.org>\n"
        "Description: an image\n",
        encoding="utf-8",
    )
    (root / "usr" / "share").mkdir(parents=True)
    (root / "usr" / "share" / file_name).write_bytes(b"voxels")
    package = folder / "some-data.deb"
    subprocess.run(["dpkg-deb", "--build", root, package], check=True, capture_output=True)
    return package


def test_the_image_comes_out_of_the_debian_package(tmp_path: Path, programs: Path) -> None:
    package = debian_package(tmp_path, "ch2.nii.gz")
    put_program(programs, "apt-get", f"cp {package} .")
    image = fetch_colin27(tmp_path / "cache")
    assert image.read_bytes() == b"voxels"
    assert list((tmp_path / "cache").iterdir()) == [image]


def test_an_image_that_is_there_is_not_fetched_again(tmp_path: Path, programs: Path) -> None:
    put_program(programs, "apt-get", "exit 1")
    (tmp_path / "ch2.nii.gz").write_bytes(b"kept")
    assert fetch_colin27(tmp_path).read_bytes() == b"kept"


def test_a_failed_download_says_why_and_what_to_do(tmp_path: Path, programs: Path) -> None:
    put_program(programs, "apt-get", "echo 'E: Unable to locate package' >&2; exit 100")
    with pytest.raises(ImageUnavailableError, match=r"Unable to locate package\. Run `apt-get upd"):
        fetch_colin27(tmp_path / "cache")


def test_a_machine_without_apt_is_told_where_to_put_the_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ImageUnavailableError, match=r"apt-get is not on this machine\. Put ch2"):
        fetch_colin27(tmp_path / "cache")


def test_a_package_without_the_image_is_reported(tmp_path: Path, programs: Path) -> None:
    package = debian_package(tmp_path, "something-else.nii.gz")
    put_program(programs, "apt-get", f"cp {package} .")
    with pytest.raises(ImageUnavailableError, match=r"no longer holds ch2\.nii\.gz"):
        fetch_colin27(tmp_path / "cache")
