from __future__ import annotations

import logging
import time
from pathlib import Path

from segrelay_contract.leases import ClaimedRequest
from segrelay_contract.results import SuccessBody
from segrelay_contract.status import Stage
from segrelay_worker.errors import BlockedError, TransientError
from segrelay_worker.inference.input_folder import InputFolder
from segrelay_worker.inference.messages import Job
from segrelay_worker.logs import fields
from segrelay_worker.supervisor.abort import Abort
from segrelay_worker.supervisor.delivery import Delivery
from segrelay_worker.supervisor.engine import Engine, Report
from segrelay_worker.supervisor.kept_results import KeptResult
from segrelay_worker.supervisor.lease_keeper import SecondsLeft
from segrelay_worker.supervisor.patience import Patience
from segrelay_worker.supervisor.spool import Spool
from segrelay_worker.transfer.download import download_series
from segrelay_worker.transfer.orthanc_client import OrthancClient
from segrelay_worker.transfer.queue_client import Claim
from segrelay_worker.transfer.retrying import retry

_log = logging.getLogger(__name__)


class Pipeline:
    """Download → volume → mask → DICOM → upload, one request at a time.

    A result that was finished before needs the upload only.
    """

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
        kept = self._finished_before(claim) or self._finished_now(claim, report, abort)
        report(Stage.UPLOADING, 0.0)
        delivery = Delivery(orthanc=self._archive(claim), policy=self._patience.upload)
        return delivery.deliver(kept, claim=claim, abort=abort, seconds_left=seconds_left)

    def _archive(self, claim: Claim) -> OrthancClient:
        """What this claim, and no other, may see of it."""
        return self._orthanc.showing(claim.ticket)

    def _finished_before(self, claim: Claim) -> KeptResult | None:
        if not claim.is_resumed:
            return None
        kept = self._spool.results.made_for(claim.request, self._threshold_of(claim))
        if kept is not None:
            request_id = claim.request.request_id
            _log.info(
                "완료된 결과를 다시 전달합니다 (delivering a result that was finished before)",
                extra=fields(request_id=request_id),
            )
        return kept

    def _finished_now(self, claim: Claim, report: Report, abort: Abort) -> KeptResult:
        with self._spool.attempt(claim.request.request_id, claim.lease.attempt) as folder:
            started_at = time.monotonic()
            report(Stage.DOWNLOADING, 0.0)
            inputs = _inputs_in(folder, claim.request)
            for series_id, wanted in inputs:
                self._download(self._archive(claim), series_id, wanted.folder, abort)
            downloaded_at = time.monotonic()
            job = self._job(claim, folder, tuple(wanted for _, wanted in inputs))
            outcome = self._engine.run(job, report=report, abort=abort)
            return self._spool.results.keep(
                KeptResult(
                    claim_id=claim.claim_id,
                    request=claim.request,
                    threshold=job.threshold,
                    outcome=outcome,
                    seconds_downloading=downloaded_at - started_at,
                )
            )

    def _download(self, orthanc: OrthancClient, series_id: str, folder: Path, abort: Abort) -> None:
        """Retried here because a short silence of Orthanc should not use up an attempt.

        A series that an archive in good health does not give costs one, or it would come back
        for ever.
        """

        def download() -> int:
            return download_series(
                orthanc=orthanc,
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
            abort.unless_set(lambda: _require_archive(orthanc))
            raise
        _log.info(
            "시리즈 다운로드 완료 (series downloaded)",
            extra=fields(series_id=series_id, count=count),
        )

    def _job(self, claim: Claim, folder: Path, inputs: tuple[InputFolder, ...]) -> Job:
        results_folder = folder / "results"
        results_folder.mkdir()
        return Job(
            model=claim.request.model,
            inputs=inputs,
            results_folder=results_folder,
            threshold=self._threshold_of(claim),
            run=claim.request.run,
            request_id=claim.request.request_id,
            supersedes=claim.request.supersedes,
        )

    def _threshold_of(self, claim: Claim) -> float | None:
        asked = claim.request.threshold
        return self._threshold if asked is None else asked


def _require_archive(orthanc: OrthancClient) -> None:
    try:
        orthanc.require_orthanc()
    except TransientError as error:
        raise BlockedError(error.code, error.parameters, detail=error.detail) from error


def _inputs_in(folder: Path, request: ClaimedRequest) -> list[tuple[str, InputFolder]]:
    """Orthanc's id of each series, and where it goes: roles come from afar, they name no paths."""
    if not request.inputs:  # of an older server
        only = InputFolder(folder / "series", instances_digest=request.instances_digest)
        return [(request.series_id, only)]
    return [
        (each.series_id, InputFolder(folder / f"series-{n}", each.role, each.instances_digest))
        for n, each in enumerate(request.inputs)
    ]
