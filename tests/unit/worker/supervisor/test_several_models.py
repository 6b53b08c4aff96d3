"""One engine, several models, and room for one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from builders.mr_series import build_series, write_series
from fakes.stub_segmenter import WEIGHTS, write_stub_package

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.status import Stage
from segrelay_worker.errors import BlockedError
from segrelay_worker.inference.input_folder import InputFolder
from segrelay_worker.inference.messages import EngineOrder, Job
from segrelay_worker.supervisor.abort import Abort
from segrelay_worker.supervisor.engine import Engine

pytestmark = pytest.mark.long

FORMATS = "fakes.stub_segmenter:STUB_FORMATS"


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    write_stub_package(folder / "a", name="brain", labels=("Brain",))
    write_stub_package(folder / "b", name="lesion", labels=("Lesion", "Core"))
    return folder


@pytest.fixture
def engine(models: Path) -> Iterator[Engine]:
    with Engine(EngineOrder(models, "cpu", FORMATS, "INFO", len(WEIGHTS))) as engine:
        yield engine


@pytest.fixture
def job(tmp_path: Path) -> Job:
    write_series(build_series(), tmp_path / "series")
    (tmp_path / "results").mkdir()
    inputs = (InputFolder(tmp_path / "series"),)
    return Job("brain", inputs, tmp_path / "results", threshold=None, run=0, request_id=uuid4())


def ignore(stage: Stage, progress: float) -> None:
    pass


def segments_by(engine: Engine, job: Job, model: str) -> list[str]:
    job = replace(job, model=model, results_folder=job.results_folder / model)
    job.results_folder.mkdir(exist_ok=True)
    outcome = engine.run(job, report=ignore, abort=Abort())
    assert outcome.model.name == model
    return [segment.label for segment in outcome.segments]


def test_each_request_gets_its_own_model_in_whatever_order_they_come(
    engine: Engine, job: Job
) -> None:
    assert [offer.name for offer in engine.start().models] == ["brain", "lesion"]
    for model in ("lesion", "brain", "lesion"):
        expected = {"brain": ["Brain"], "lesion": ["Lesion", "Core"]}[model]
        assert segments_by(engine, job, model) == expected


def test_a_model_that_cannot_be_loaded_again_is_no_fault_of_the_request(
    models: Path, engine: Engine, job: Job
) -> None:
    engine.start()  # the last one is loaded, the first had to go
    (models / "a" / "best_model.pth").write_bytes(b"half of an update")
    with pytest.raises(BlockedError) as caught:
        segments_by(engine, job, "brain")
    assert caught.value.code is ErrorCode.MODEL_CHECKSUM_MISMATCH
    assert segments_by(engine, job, "lesion") == ["Lesion", "Core"]
