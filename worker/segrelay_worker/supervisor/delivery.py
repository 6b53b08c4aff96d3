from __future__ import annotations

import logging
import time
from uuid import UUID

from segrelay_contract.results import (
    ResultWarning,
    SegmentationResult,
    StageSeconds,
    StoredObject,
    SuccessBody,
)
from segrelay_worker.dicom_results.result_file import ResultFile
from segrelay_worker.errors import BlockedError, LeaseLostError, TransientError
from segrelay_worker.logs import fields
from segrelay_worker.supervisor.abort import Abort
from segrelay_worker.supervisor.kept_results import KeptResult
from segrelay_worker.supervisor.lease_keeper import SecondsLeft
from segrelay_worker.transfer.orthanc_client import OrthancClient
from segrelay_worker.transfer.queue_client import Claim
from segrelay_worker.transfer.retrying import RetryPolicy, retry
from segrelay_worker.transfer.upload import StoredInstance, upload_result

LEASE_MARGIN_SECONDS = 2.0  # what is sent to the archive later may arrive after another worker's

_log = logging.getLogger(__name__)


class Delivery:
    """Stores a finished result in the archive, never without a lease.

    `orthanc` is to show the ticket of the claim.
    """

    def __init__(self, *, orthanc: OrthancClient, policy: RetryPolicy) -> None:
        self._orthanc = orthanc
        self._policy = policy

    def deliver(
        self, kept: KeptResult, *, claim: Claim, abort: Abort, seconds_left: SecondsLeft
    ) -> SuccessBody:
        """Store all objects; gives what the queue is to be told.

        Raises PermanentError, BlockedError, and what `abort` raises.
        """
        started_at = time.monotonic()
        request_id = claim.request.request_id
        objects = tuple(
            self._upload(file, request_id, abort, seconds_left) for file in kept.outcome.files
        )
        seconds = StageSeconds(
            downloading=kept.seconds_downloading,
            inferring=kept.outcome.seconds_inferring,
            encoding=kept.outcome.seconds_encoding,
            uploading=time.monotonic() - started_at,
        )
        return _success(claim.lease.token, kept, objects, seconds)

    def _upload(
        self, file: ResultFile, request_id: UUID, abort: Abort, seconds_left: SecondsLeft
    ) -> StoredObject:
        """An archive that stores no result stores none of the next request either."""

        def upload() -> StoredInstance:
            return upload_result(
                orthanc=self._orthanc,
                request_id=request_id,
                file=file.path,
                sure_seconds=lambda: _sure_seconds(seconds_left),
            )

        try:
            stored = abort.unless_set(
                lambda: retry(
                    upload,
                    what="결과 업로드 (result upload)",
                    on=(TransientError,),
                    policy=self._policy,
                    pause=abort.pause,
                )
            )
        except TransientError as error:
            raise BlockedError(error.code, error.parameters, detail=error.detail) from error
        _log.info(
            "결과 업로드 완료 (result uploaded)",
            extra=fields(kind=file.kind, orthanc_id=stored.orthanc_id),
        )
        return StoredObject(
            kind=file.kind,
            sop_class_uid=file.sop_class_uid,
            sop_instance_uid=file.sop_instance_uid,
            series_instance_uid=file.series_instance_uid,
            orthanc_id=stored.orthanc_id,
            orthanc_series_id=stored.orthanc_series_id,
        )


def _sure_seconds(seconds_left: SecondsLeft) -> float:
    sure_seconds = seconds_left() - LEASE_MARGIN_SECONDS
    if sure_seconds <= 0:
        raise LeaseLostError
    return sure_seconds


def _success(
    lease_token: str, kept: KeptResult, objects: tuple[StoredObject, ...], seconds: StageSeconds
) -> SuccessBody:
    outcome = kept.outcome
    return SuccessBody(
        success=True,
        lease_token=lease_token,
        seg_instance_id=next((o.orthanc_id for o in objects if o.kind == "SEG"), None),
        result=SegmentationResult(
            outcome=outcome.outcome,
            segments=outcome.segments,
            model=outcome.model,
            threshold=outcome.threshold,
            seconds=seconds,
            objects=objects,
            mask_sha256=outcome.mask_sha256,
            way=outcome.way,
            warnings=tuple(
                ResultWarning(code=mended.code, parameters=dict(mended.parameters))
                for mended in outcome.warnings
            ),
        ),
    )
