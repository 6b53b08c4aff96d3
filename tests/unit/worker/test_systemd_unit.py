"""What the shipped unit grants the worker, as systemd will read it."""

from __future__ import annotations

from configparser import RawConfigParser
from pathlib import Path

import pytest

from segrelay_worker.supervisor.shutdown import STOP_SECONDS

UNITS = Path(__file__).parents[3] / "deploy" / "systemd"


def service_of(path: Path) -> dict[str, str]:
    parser = RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign] # keys differ by case
    parser.read(path, encoding="utf-8")
    return dict(parser["Service"])


@pytest.fixture
def service() -> dict[str, str]:
    return service_of(UNITS / "mri-inference-worker.service")


def test_finishing_and_giving_back_fit_into_the_time_to_stop(service: dict[str, str]) -> None:
    assert float(service["TimeoutStopSec"]) >= STOP_SECONDS


def test_no_core_dump_holds_images(service: dict[str, str]) -> None:
    assert service["LimitCORE"] == "0"


def test_the_worker_may_write_to_its_own_folder_only(service: dict[str, str]) -> None:
    state = f"/var/lib/{service['StateDirectory']}/"
    assert service["ProtectSystem"] == "strict"
    assert service["Environment"] == f"SPOOL_DIR={state}spool CACHE_DIR={state}cache"
    assert "ReadWritePaths" not in service


def test_of_several_workers_each_sees_the_gpu_that_its_name_says() -> None:
    added = service_of(UNITS / "mri-inference-worker@.service.d" / "gpu.conf")
    assert "CUDA_VISIBLE_DEVICES=%i" in added["Environment"].split()
