"""What the engine makes of processes that end, hang, or hold models that changed on disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from builders.finished_results import MODEL, OFFER, finished_result
from fakes.scripted_child import Nursery, Script

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.status import Stage
from segrelay_worker.errors import BlockedError, CancelledError, PermanentError, TransientError
from segrelay_worker.inference.messages import (
    EngineOrder,
    Failed,
    Finished,
    Job,
    Look,
    Progress,
    Ready,
    Seen,
)
from segrelay_worker.supervisor import engine as engine_module
from segrelay_worker.supervisor.abort import Abort, AbortReason
from segrelay_worker.supervisor.engine import Engine

READY = Ready((OFFER,), {MODEL.name: 90.0})
KILLED = TransientError(ErrorCode.ENGINE_KILLED)
BEGUN = Progress(Stage.INFERRING, 0.0)
DIED = TransientError(ErrorCode.ENGINE_DIED)


@pytest.fixture
def model_path(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    path = tmp_path / "src" / "best_model.pth"
    path.write_bytes(b"weights")
    return path


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(MODEL.name, (), tmp_path, threshold=None, run=0, request_id=uuid4())


@pytest.fixture
def finished(tmp_path: Path) -> Finished:
    return Finished(finished_result(tmp_path).outcome)


def engine_with(nursery: Nursery, model_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setattr(engine_module, "InferenceChild", nursery)
    return Engine(EngineOrder(model_path, "cpu", "", "INFO"))


def ignore(stage: Stage, progress: float) -> None:
    pass


def failure_of(engine: Engine, job: Job) -> ErrorCode:
    """Of another request than before."""
    job = replace(job, request_id=uuid4())
    with pytest.raises((PermanentError, TransientError)) as caught:
        engine.run(job, report=ignore, abort=Abort())
    code: ErrorCode = caught.value.code
    return code


def test_a_model_that_takes_longer_than_its_package_allows_is_stopped_for_good(
    model_path: Path, job: Job, finished: Finished, monkeypatch: pytest.MonkeyPatch
) -> None:
    nursery = Nursery([READY, BEGUN, TimeoutError()], [READY, finished])
    engine = engine_with(nursery, model_path, monkeypatch)
    with pytest.raises(PermanentError, match="within 90 seconds") as caught:
        engine.run(job, report=ignore, abort=Abort())
    assert caught.value.code is ErrorCode.MODEL_TOO_SLOW
    assert not nursery.children[0].is_alive()
    assert engine.run(job, report=ignore, abort=Abort()) == finished.outcome


def test_three_bad_ends_in_a_row_end_the_offer_and_nothing_is_started_for_it(
    model_path: Path, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    nursery = Nursery([READY, KILLED], [READY, BEGUN, TimeoutError()], [READY, DIED])
    engine = engine_with(nursery, model_path, monkeypatch)
    codes = []
    for _ in range(3):
        assert engine.start().models == (OFFER,)
        codes.append(failure_of(engine, job))
    assert codes == [ErrorCode.ENGINE_KILLED, ErrorCode.MODEL_TOO_SLOW, ErrorCode.ENGINE_DIED]
    offers = engine.start()
    assert offers.models == ()
    assert [(held.digest, held.reason) for held in offers.quarantined] == [
        (OFFER.digest, ErrorCode.ENGINE_DIED)
    ]
    assert len(nursery.children) == 3


def test_a_good_result_in_between_begins_the_count_anew(
    model_path: Path, job: Job, finished: Finished, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts: list[Script] = [
        [READY, DIED],
        [READY, DIED],
        [READY, finished, DIED],
        [READY, DIED],
        [READY],
    ]
    engine = engine_with(Nursery(*scripts), model_path, monkeypatch)
    for _ in range(2):
        failure_of(engine, job)
    engine.run(job, report=ignore, abort=Abort())
    for _ in range(2):
        failure_of(engine, job)
    assert engine.start().models == (OFFER,)


def test_a_process_that_was_ended_for_a_cancelled_request_counts_for_nothing(
    model_path: Path, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts: list[Script] = [[READY, KILLED], [READY, KILLED], [READY, KILLED], [READY]]
    engine = engine_with(Nursery(*scripts), model_path, monkeypatch)
    for _ in range(3):
        with pytest.raises(CancelledError):
            engine.run(job, report=ignore, abort=_SetWhileRunning())
    assert engine.start().models == (OFFER,)


class _SetWhileRunning(Abort):
    """Somebody cancels while the model runs."""

    def __init__(self) -> None:
        super().__init__()
        self._looks = 0

    def raise_if_set(self) -> None:
        self._looks += 1
        if self._looks > 1:
            self.set(AbortReason.CANCELLED)
        super().raise_if_set()


def test_another_digest_ends_the_quarantine(
    model_path: Path, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    mended = OFFER.model_copy(update={"digest": "e" * 64})
    scripts: list[Script] = [
        [READY, DIED],
        [READY, DIED],
        [READY, DIED],
        [Ready((mended,), READY.limit_seconds)],
    ]
    engine = engine_with(Nursery(*scripts), model_path, monkeypatch)
    engine.start()
    for _ in range(3):
        failure_of(engine, job)
    assert engine.start().models == ()
    model_path.write_bytes(b"mended weights")
    offers = engine.start()
    assert (offers.models, offers.quarantined) == ((mended,), ())


def test_files_that_changed_are_looked_at_and_new_ones_are_loaded(
    model_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = OFFER.model_copy(update={"digest": "e" * 64})
    nursery = Nursery(
        [READY, Seen(is_new=False), Seen(is_new=True)], [Ready((new,), READY.limit_seconds)]
    )
    engine = engine_with(nursery, model_path, monkeypatch)
    assert engine.start().models == engine.start().models == (OFFER,)
    assert nursery.children[0].asked == []
    model_path.write_bytes(b"half of the new")
    assert engine.start().models == (OFFER,)
    model_path.write_bytes(b"all of the new weights")
    assert engine.start().models == (new,)
    assert nursery.children[0].asked == [Look(), Look()]
    assert not nursery.children[0].is_alive()


UNREADABLE = PermanentError(ErrorCode.MODEL_CHECKSUM_MISMATCH, {"actual": "a", "expected": "b"})


def test_no_model_at_the_first_start_is_for_the_operator(
    model_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = engine_with(Nursery([Failed.of(UNREADABLE)]), model_path, monkeypatch)
    with pytest.raises(PermanentError):
        engine.start()


def test_a_package_that_is_being_copied_over_the_only_one_is_waited_for(
    model_path: Path, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    nursery = Nursery([READY, DIED], [Failed.of(UNREADABLE)], [READY])
    engine = engine_with(nursery, model_path, monkeypatch)
    engine.start()
    failure_of(engine, job)
    model_path.write_bytes(b"half of the new")
    with pytest.raises(BlockedError) as caught:
        engine.start()
    assert caught.value.code is ErrorCode.MODEL_CHECKSUM_MISMATCH
    assert engine.start().models == (OFFER,)


def test_a_model_that_is_gone_when_it_is_needed_again_is_offered_no_more(
    model_path: Path, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = OFFER.model_copy(update={"name": "other", "digest": "e" * 64})
    gone = BlockedError(UNREADABLE.code, UNREADABLE.parameters)
    nursery = Nursery([READY, Failed.of(gone)], [Ready((other,), {"other": 90.0})])
    engine = engine_with(nursery, model_path, monkeypatch)
    engine.start()
    with pytest.raises(BlockedError):
        engine.run(job, report=ignore, abort=Abort())
    assert engine.start().models == (other,)
