"""The demo as a user starts it; each run is a real Orthanc, Django and worker."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from builders.network_package import write_torchscript_package
from integration.polling import until

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[2]
LONGEST_SECONDS = 300
STAGES = ["waiting", "downloading", "inferring", "encoding", "uploading", "total"]


class Bright(torch.nn.Module):
    """Marks what is brighter than half of the brightest voxel."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return (image > image.max() / 2).to(torch.float32)


class Demo:
    """One run; what it starts is known by the TMPDIR that all of it inherits."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self._mark = f"TMPDIR={folder}".encode()
        folder.mkdir(exist_ok=True)
        settings = {"TMPDIR": str(folder), "ONCE": "", "MODEL_PATH": "", "DEVICE": ""}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "demo.run"],
            cwd=ROOT,
            env=os.environ | settings | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []

    def read_until(self, text: str) -> None:
        """Reads what it prints up to a line with this text, which must come."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if text in line:
                return
        raise AssertionError(f"no {text!r} in {self.lines}")

    def end(self) -> int:
        """Waits for its end; gives its exit status."""
        rest, _ = self.process.communicate(timeout=LONGEST_SECONDS)
        self.lines += rest.splitlines()
        return self.process.returncode

    def programs(self) -> list[int]:
        """All that runs of it, the demo itself included."""
        return [int(folder.name) for folder in Path("/proc").glob("[0-9]*") if self._is_of(folder)]

    def _is_of(self, folder: Path) -> bool:
        try:
            return self._mark in (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            return False  # ended meanwhile, or somebody else's


@pytest.fixture
def demos(tmp_path: Path) -> Iterator[list[Demo]]:
    started: list[Demo] = []
    yield started
    for demo in started:
        demo.process.kill()
        demo.process.communicate()


@pytest.fixture
def own_model(tmp_path: Path) -> str:
    return str(write_torchscript_package(tmp_path / "package", Bright()))


def test_once_the_stored_segmentation_is_deepbets_own_to_the_voxel(
    demos: list[Demo], tmp_path: Path
) -> None:
    demo = Demo(tmp_path, ONCE="1")
    demos.append(demo)
    demo.read_until("5/8 ")
    assert len(demo.programs()) >= 5  # demo, Orthanc, Django, worker, inference
    status = demo.end()
    result = json.loads(demo.lines[-1])
    assert "error" not in result, demo.lines
    assert status == 0
    assert (result["status"], result["outcome"]) == ("completed", "segmented")
    assert result["dice_vs_reference"] >= 0.999
    assert result["voxels_different"] == 0
    assert result["volume_ml"] == pytest.approx(1956.468, abs=0.001)
    assert list(result["seconds"]) == STAGES
    assert all(seconds >= 0 for seconds in result["seconds"].values())
    assert result["seg_sop_instance_uid"].startswith("2.25.")
    assert result["url"].startswith("http://127.0.0.1:")
    assert demo.programs() == []


def test_a_persons_own_model_runs_after_a_killed_demo_and_all_stops_on_a_signal(
    demos: list[Demo], tmp_path: Path, own_model: str
) -> None:
    killed = Demo(tmp_path / "killed", MODEL_PATH=own_model)
    demos.append(killed)
    killed.read_until("5/8 ")
    killed.process.kill()
    killed.process.wait()
    demo = Demo(tmp_path / "next", MODEL_PATH=own_model)
    demos.append(demo)
    demo.read_until("8/8 ")
    assert "no reference" in demo.lines[-1]
    demo.read_until("Ctrl-C stops everything")
    assert len(demo.programs()) >= 5
    demo.process.send_signal(signal.SIGTERM)
    assert demo.end() == 0, "\n".join(demo.lines)
    assert demo.programs() == []
    until(lambda: not killed.programs(), what="the killed demo's programs have ended")


def test_a_model_that_cannot_be_used_ends_the_demo_with_the_workers_words(
    demos: list[Demo], tmp_path: Path
) -> None:
    demo = Demo(tmp_path, ONCE="1", MODEL_PATH=str(tmp_path / "nothing.pth"))
    demos.append(demo)
    assert demo.end() == 1
    result = json.loads(demo.lines[-1])
    assert result["status"] == "failed"
    assert "model.toml" in result["error"]
    assert any("The logs are in" in line for line in demo.lines)
    assert demo.programs() == []
