from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest
from fakes.claims import claim
from fakes.loopback_server import HttpReply
from fakes.orthanc_server import FakeOrthanc

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.results import ModelIdentity, SuccessBody
from segrelay_contract.status import Outcome
from segrelay_worker.dicom_results.result_file import ResultFile, ResultKind
from segrelay_worker.errors import BlockedError, LeaseLostError, PermanentError, TransientError
from segrelay_worker.inference.messages import Job
from segrelay_worker.inference.outcome import SeriesOutcome
from segrelay_worker.supervisor.abort import Abort
from segrelay_worker.supervisor.engine import Engine
from segrelay_worker.supervisor.patience import Patience
from segrelay_worker.supervisor.pipeline import Pipeline
from segrelay_worker.supervisor.spool import Spool
from segrelay_worker.transfer.orthanc_client import OrthancClient
from segrelay_worker.transfer.retrying import RetryPolicy

ONCE = RetryPolicy(1.0, 1.0, give_up_after_seconds=0.0)
MODEL = ModelIdentity(name="stub", version="1", digest="0" * 64, weights_sha256="1" * 64)
SERVER_ERROR = HttpReply(500)


class _Engine:
    """Writes two results without looking at the series."""

    def run(self, job: Job, **_: object) -> SeriesOutcome:
        kinds: tuple[ResultKind, ...] = ("SEG", "SC")
        return SeriesOutcome(
            outcome=Outcome.SEGMENTED,
            segments=(),
            model=MODEL,
            threshold=0.5,
            files=tuple(self._file(job.results_folder, kind) for kind in kinds),
            mask_sha256=hashlib.sha256().hexdigest(),
            seconds_inferring=0.0,
            seconds_encoding=0.0,
        )

    def _file(self, folder: Path, kind: ResultKind) -> ResultFile:
        path = folder / kind
        path.write_bytes(kind.encode())
        return ResultFile(kind, path, "1.2", "1.3")


@pytest.fixture
def orthanc() -> Iterator[FakeOrthanc]:
    with FakeOrthanc() as orthanc:
        orthanc.series["series-1"] = [b"image"]
        yield orthanc


def pipeline_to(orthanc: FakeOrthanc, folder: Path, *, upload: RetryPolicy = ONCE) -> Pipeline:
    return Pipeline(
        orthanc=OrthancClient(url=orthanc.url, user=None, password=""),
        engine=cast("Engine", _Engine()),
        spool=Spool(folder),
        threshold=None,
        patience=Patience(ONCE, ONCE, upload, ONCE, ONCE),
    )


@pytest.fixture
def pipeline(orthanc: FakeOrthanc, tmp_path: Path) -> Pipeline:
    return pipeline_to(orthanc, tmp_path)


@pytest.fixture
def run(pipeline: Pipeline) -> Callable[[], SuccessBody]:
    return lambda: pipeline.run(
        claim(), report=lambda *_: None, abort=Abort(), seconds_left=lambda: 60.0
    )


def test_the_result_names_the_model_that_made_it(
    orthanc: FakeOrthanc, run: Callable[[], SuccessBody]
) -> None:
    result = run().result
    assert result.model == MODEL
    assert [stored.kind for stored in result.objects] == ["SEG", "SC"]
    assert orthanc.stored == [b"SEG", b"SC"]


def test_an_archive_that_is_away_blocks_the_worker(
    orthanc: FakeOrthanc, run: Callable[[], SuccessBody]
) -> None:
    orthanc.refusals.append(SERVER_ERROR)
    orthanc.system = SERVER_ERROR
    with pytest.raises(BlockedError) as caught:
        run()
    assert caught.value.code is ErrorCode.ORTHANC_UNREACHABLE


def test_a_series_that_a_healthy_archive_does_not_give_costs_an_attempt(
    orthanc: FakeOrthanc, run: Callable[[], SuccessBody]
) -> None:
    orthanc.archives["series-1"] = SERVER_ERROR
    with pytest.raises(TransientError) as caught:
        run()
    assert caught.value.code is ErrorCode.ORTHANC_UNREACHABLE


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_account_blocks_the_worker(
    orthanc: FakeOrthanc, run: Callable[[], SuccessBody], status: int
) -> None:
    orthanc.refusals.append(HttpReply(status))
    with pytest.raises(BlockedError) as caught:
        run()
    assert caught.value.code is ErrorCode.ARCHIVE_REFUSED
    assert caught.value.parameters == {"http_status": status}


def test_an_address_without_an_orthanc_blocks_the_worker(
    orthanc: FakeOrthanc, run: Callable[[], SuccessBody]
) -> None:
    orthanc.series.clear()
    orthanc.system = HttpReply(404)
    with pytest.raises(BlockedError, match="ORTHANC_URL") as caught:
        run()
    assert caught.value.code is ErrorCode.ORTHANC_UNREACHABLE


def test_a_series_that_an_orthanc_does_not_hold_is_gone(
    orthanc: FakeOrthanc, run: Callable[[], SuccessBody]
) -> None:
    orthanc.series.clear()
    with pytest.raises(PermanentError) as caught:
        run()
    assert caught.value.code is ErrorCode.SERIES_GONE


def test_an_archive_that_stores_nothing_blocks_the_worker(
    orthanc: FakeOrthanc, run: Callable[[], SuccessBody]
) -> None:
    orthanc.store_reply = HttpReply(507)
    with pytest.raises(BlockedError) as caught:
        run()
    assert caught.value.code is ErrorCode.ORTHANC_UNREACHABLE


def test_a_lease_that_ends_while_the_seg_is_stored_keeps_the_picture_back(
    orthanc: FakeOrthanc, pipeline: Pipeline
) -> None:
    def seconds_left() -> float:
        return 1.9 if orthanc.stored else 60.0

    with pytest.raises(LeaseLostError):
        pipeline.run(claim(), report=lambda *_: None, abort=Abort(), seconds_left=seconds_left)
    assert orthanc.stored == [b"SEG"]


def test_an_upload_is_not_tried_again_after_the_lease(orthanc: FakeOrthanc, tmp_path: Path) -> None:
    patient = RetryPolicy(0.01, 0.01, give_up_after_seconds=60.0)
    pipeline = pipeline_to(orthanc, tmp_path, upload=patient)
    orthanc.store_reply = SERVER_ERROR
    left = iter([60.0, 60.0, 0.0])
    with pytest.raises(LeaseLostError):
        pipeline.run(
            claim(), report=lambda *_: None, abort=Abort(), seconds_left=lambda: next(left)
        )
    assert [call.method for call in orthanc.calls].count("POST") == 2
