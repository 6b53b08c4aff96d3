from __future__ import annotations

import logging
import time
from pathlib import Path

from segrelay_contract.results import SegmentationResult, StageSeconds, StoredObject, SuccessBody
from segrelay_contract.status import Stage
from segrelay_worker.dicom_results.result_file import ResultFile
from segrelay_worker.errors import BlockedError, LeaseLostError, TransientError
from segrelay_worker.inference.messages import Job
from segrelay_worker.inference.outcome import SeriesOutcome
from segrelay_worker.logs import fields
from segrelay_worker.supervisor.abort import Abort
from segrelay_worker.supervisor.engine import Engine, Report
from segrelay_worker.supervisor.lease_keeper import SecondsLeft
from segrelay_worker.supervisor.patience import Patience
from segrelay_worker.supervisor.spool import Spool
from segrelay_worker.transfer.download import download_series
from segrelay_worker.transfer.orthanc_client import OrthancClient
from segrelay_worker.transfer.queue_client import Claim
from segrelay_worker.transfer.retrying import retry
from segrelay_worker.transfer.upload import StoredInstance, upload_instance

LEASE_MARGIN_SECONDS = 2.0  # what is sent to the archive later may arrive after another worker's

_log = logging.getLogger(__name__)


class Pipeline:
    """Download → volume → mask → DICOM → upload, one request at a time."""

    def __init__(
        self,
        *,
        orthanc: OrthancClient,
        engine: Engine,
        spool: Spool,
        threshold: float | None,
        patience: Patience,
    ) -> None:
        self._orthanc = orthanc
        self._engine = engine
        self._spool = spool
        self._threshold = threshold
        self._patience = patience

    def run(
        self, claim: Claim, *, report: Report, abort: Abort, seconds_left: SecondsLeft
    ) -> SuccessBody:
        """Do everything but report the end. Raises WorkerError, and what `abort` raises."""
        with self._spool.attempt(claim.request.request_id, claim.lease.attempt) as folder:
            started_at = time.monotonic()
            report(Stage.DOWNLOADING, 0.0)
            self._download(claim.request.series_id, folder / "series", abort)
            downloaded_at = time.monotonic()
            job = self._job(claim, folder)
            outcome = self._engine.run(job, report=report, abort=abort)
            inferred_at = time.monotonic()
            report(Stage.UPLOADING, 0.0)
            objects = tuple(self._upload(file, abort, seconds_left) for file in outcome.files)
            uploaded_at = time.monotonic()
        seconds = StageSeconds(
            downloading=downloaded_at - started_at,
            inferring=outcome.seconds_inferring,
            encoding=outcome.seconds_encoding,
            uploading=uploaded_at - inferred_at,
        )
        return self._success(claim, outcome, objects, seconds)

    def _download(self, series_id: str, folder: Path, abort: Abort) -> None:
        """Retried here because a short silence of Orthanc should not use up an attempt.

        A series that an archive in good health does not give costs one, or it would come back
        for ever.
        """

        def download() -> int:
            return download_series(
                orthanc=self._orthanc,
                series_id=series_id,
                folder=folder,
                check=abort.raise_if_set,
            )

        try:
            count = abort.unless_set(
                lambda: retry(
                    download,
                    what="시리즈 다운로드 (series download)",
                    on=(TransientError,),
                    policy=self._patience.download,
                    pause=abort.pause,
                )
            )
        except TransientError:
            abort.unless_set(self._require_archive)
            raise
        _log.info(
            "시리즈 다운로드 완료 (series downloaded)",
            extra=fields(series_id=series_id, count=count),
        )

    def _require_archive(self) -> None:
        try:
            self._orthanc.require_orthanc()
        except TransientError as error:
            raise _blocked(error) from error

    def _job(self, claim: Claim, folder: Path) -> Job:
        asked = claim.request.threshold
        results_folder = folder / "results"
        results_folder.mkdir()
        return Job(
            series_folder=folder / "series",
            results_folder=results_folder,
            threshold=self._threshold if asked is None else asked,
            run=claim.request.run,
            instances_digest=claim.request.instances_digest,
        )

    def _upload(self, file: ResultFile, abort: Abort, seconds_left: SecondsLeft) -> StoredObject:
        """An archive that stores no result stores none of the next request either."""

        def upload() -> StoredInstance:
            return upload_instance(
                orthanc=self._orthanc,
                file=file.path,
                within_seconds=_sure_seconds(seconds_left),
            )

        try:
            stored = abort.unless_set(
                lambda: retry(
                    upload,
                    what="결과 업로드 (result upload)",
                    on=(TransientError,),
                    policy=self._patience.upload,
                    pause=abort.pause,
                )
            )
        except TransientError as error:
            raise _blocked(error) from error
        _log.info(
            "결과 업로드 완료 (result uploaded)",
            extra=fields(kind=file.kind, orthanc_id=stored.orthanc_id),
        )
        return StoredObject(
            kind=file.kind,
            sop_instance_uid=file.sop_instance_uid,
            series_instance_uid=file.series_instance_uid,
            orthanc_id=stored.orthanc_id,
            orthanc_series_id=stored.orthanc_series_id,
        )

    def _success(
        self,
        claim: Claim,
        outcome: SeriesOutcome,
        objects: tuple[StoredObject, ...],
        seconds: StageSeconds,
    ) -> SuccessBody:
        return SuccessBody(
            success=True,
            lease_token=claim.lease.token,
            seg_instance_id=next((o.orthanc_id for o in objects if o.kind == "SEG"), None),
            result=SegmentationResult(
                outcome=outcome.outcome,
                segments=outcome.segments,
                model=outcome.model,
                threshold=outcome.threshold,
                seconds=seconds,
                objects=objects,
                mask_sha256=outcome.mask_sha256,
                warnings=outcome.warnings,
            ),
        )


def _sure_seconds(seconds_left: SecondsLeft) -> float:
    sure_seconds = seconds_left() - LEASE_MARGIN_SECONDS
    if sure_seconds <= 0:
        raise LeaseLostError
    return sure_seconds


def _blocked(error: TransientError) -> BlockedError:
    return BlockedError(error.code, error.parameters, detail=error.detail)
