from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from builders.mr_series import build_series, write_series
from fakes.queue_server import PHANTOM_DIGEST
from fakes.stub_segmenter import WAIT_FILE_VARIABLE, write_stub_package

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.status import Outcome, Stage
from segrelay_worker.errors import BlockedError, CancelledError, PermanentError, TransientError
from segrelay_worker.inference.input_folder import InputFolder
from segrelay_worker.inference.messages import EngineOrder, Job
from segrelay_worker.supervisor.abort import Abort, AbortReason
from segrelay_worker.supervisor.engine import Engine
from segrelay_worker.supervisor.quarantine import ENOUGH


def order(folder: Path, formats: str = "fakes.stub_segmenter:STUB_FORMATS") -> EngineOrder:
    return EngineOrder(write_stub_package(folder / "src"), "cpu", formats, "INFO")


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Inference waits for this file."""
    monkeypatch.setenv(WAIT_FILE_VARIABLE, str(tmp_path / "go"))
    return tmp_path / "go"


@pytest.fixture
def engine(tmp_path: Path, go: Path) -> Iterator[Engine]:
    with Engine(order(tmp_path)) as engine:
        yield engine


@pytest.fixture(scope="module")
def standing_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("standing")


@pytest.fixture(scope="module")
def standing(standing_folder: Path) -> Iterator[Engine]:
    """One for all tests that leave it whole; its inference never waits."""
    with Engine(order(standing_folder)) as engine:
        yield engine


@pytest.fixture
def job(tmp_path: Path) -> Job:
    write_series(build_series(), tmp_path / "series")
    (tmp_path / "results").mkdir()
    return Job(
        "stub-bright",
        (InputFolder(tmp_path / "series", instances_digest=PHANTOM_DIGEST),),
        tmp_path / "results",
        threshold=None,
        run=0,
        request_id=uuid4(),
    )


def ignore(stage: Stage, progress: float) -> None:
    pass


def test_it_says_what_it_has_loaded(standing: Engine) -> None:
    ready = standing.start()
    assert [offer.name for offer in ready.models] == ["stub-bright"]
    before = set(multiprocessing.active_children())
    assert standing.start() == ready
    assert set(multiprocessing.active_children()) <= before


def test_files_that_were_only_copied_over_load_nothing(
    standing: Engine, standing_folder: Path
) -> None:
    ready = standing.start()
    before = set(multiprocessing.active_children())
    write_stub_package(standing_folder / "src")
    (standing_folder / "src" / "best_model.pth.part").write_bytes(b"half of an update")
    assert standing.start() == ready
    assert set(multiprocessing.active_children()) <= before


def test_it_segments_a_series_and_says_how_far_it_is(standing: Engine, job: Job) -> None:
    stages = list[Stage]()
    outcome = standing.run(job, report=lambda stage, _: stages.append(stage), abort=Abort())
    assert outcome.outcome is Outcome.SEGMENTED
    assert all(file.path.exists() for file in outcome.files)
    assert set(stages) == {Stage.INFERRING, Stage.ENCODING}


def test_an_abort_kills_it_and_the_next_job_works(engine: Engine, job: Job, go: Path) -> None:
    abort = Abort()

    def cancel(stage: Stage, progress: float) -> None:
        if progress == 1.0:  # the stub waits from here on
            threading.Thread(target=abort.set, args=(AbortReason.CANCELLED,)).start()

    with pytest.raises(CancelledError):
        engine.run(job, report=cancel, abort=abort)
    go.touch()
    assert engine.run(job, report=ignore, abort=Abort()).outcome is Outcome.SEGMENTED


def test_a_death_is_a_passing_error_with_its_status(engine: Engine, job: Job) -> None:
    def die(stage: Stage, progress: float) -> None:
        if progress == 1.0:
            engine.kill_job()

    with pytest.raises(TransientError) as caught:
        engine.run(job, report=die, abort=Abort())
    assert caught.value.code is ErrorCode.ENGINE_KILLED
    assert caught.value.detail.startswith("ended by SIGKILL (most likely the kernel")


def test_an_idle_engine_survives_the_abort_of_ended_work(standing: Engine, job: Job) -> None:
    abort = Abort()
    standing.run(job, report=ignore, abort=abort)
    before = set(multiprocessing.active_children())
    abort.set(AbortReason.LEASE_LOST)
    standing.start()
    assert set(multiprocessing.active_children()) <= before


def test_what_the_core_refuses_comes_through(standing: Engine, job: Job) -> None:
    for file in job.inputs[0].folder.iterdir():
        file.write_bytes(b"no DICOM")
    with pytest.raises(PermanentError) as caught:
        standing.run(job, report=ignore, abort=Abort())
    assert caught.value.code is ErrorCode.UNREADABLE_DICOM
    assert caught.value.parameters == {"count": 20}


def test_a_mistake_of_ours_is_a_passing_error_told_by_its_place(standing: Engine, job: Job) -> None:
    job.results_folder.rmdir()
    with pytest.raises(TransientError) as caught:
        standing.run(job, report=ignore, abort=Abort())
    assert caught.value.code is ErrorCode.INTERNAL_ERROR
    assert caught.value.detail.startswith("FileNotFoundError at ")


def test_a_process_that_lost_its_device_ends_and_its_model_is_not_to_blame(
    tmp_path: Path, job: Job, capfd: pytest.CaptureFixture[str]
) -> None:
    with Engine(order(tmp_path, "fakes.lost_segmenter:LOST_FORMATS")) as engine:
        for _ in range(ENOUGH):
            with pytest.raises(TransientError) as caught:
                engine.run(replace(job, request_id=uuid4()), report=ignore, abort=Abort())
            assert caught.value.code is ErrorCode.DEVICE_UNAVAILABLE
            assert caught.value.parameters == {"device": "cpu"}
        assert engine.start().quarantined == ()
    assert "illegal memory access" in capfd.readouterr().err


def test_a_model_that_can_no_longer_be_loaded_is_no_fault_of_the_request(
    tmp_path: Path, engine: Engine, job: Job
) -> None:
    (tmp_path / "src" / "best_model.pth").write_bytes(b"half of an update")
    with pytest.raises(BlockedError) as caught:
        engine.run(job, report=ignore, abort=Abort())
    assert caught.value.code is ErrorCode.MODEL_CHECKSUM_MISMATCH


def test_a_process_that_can_use_its_device_no_more_makes_room_for_another(
    tmp_path: Path, job: Job
) -> None:
    for name in (job.model, "the-one-it-goes-for"):
        write_stub_package(tmp_path / "models" / name, name=name)
    formats = "fakes.broken_context:BROKEN_FORMATS"
    both = EngineOrder(tmp_path / "models", "cpu", formats, "INFO", memory_bytes=1)
    others = set(multiprocessing.active_children())
    with Engine(both) as engine:
        offers = engine.start()
        [process] = set(multiprocessing.active_children()) - others
        with pytest.raises(BlockedError) as caught:
            engine.run(job, report=ignore, abort=Abort())
        assert caught.value.code is ErrorCode.DEVICE_UNAVAILABLE
        assert engine.start() == offers
        assert process not in multiprocessing.active_children()


def test_a_model_that_changed_since_it_was_offered_does_not_work_for_that_offer(
    tmp_path: Path, engine: Engine, job: Job, go: Path
) -> None:
    go.touch()
    others = set(multiprocessing.active_children())
    engine.start()
    [process] = set(multiprocessing.active_children()) - others
    write_stub_package(tmp_path / "src", threshold=0.6)
    process.kill()
    process.join()
    with pytest.raises(BlockedError, match="was changed"):
        engine.run(job, report=ignore, abort=Abort())
    assert engine.run(job, report=ignore, abort=Abort()).outcome is Outcome.SEGMENTED


def test_a_full_disk_is_no_fault_of_the_request(standing: Engine, job: Job) -> None:
    (job.results_folder / "seg.dcm").symlink_to("/dev/full")
    with pytest.raises(BlockedError, match="No space left on device"):
        standing.run(job, report=ignore, abort=Abort())


def test_a_format_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    formats = "segrelay_worker.segmenters.formats:SEGMENTER_FORMATS"
    with Engine(order(tmp_path, formats)) as engine, pytest.raises(PermanentError) as caught:
        engine.start()
    assert caught.value.code is ErrorCode.MODEL_UNREADABLE


def test_a_closed_engine_does_not_load(engine: Engine) -> None:
    engine.close()
    with pytest.raises(TransientError):
        engine.start()
