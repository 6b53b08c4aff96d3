"""How a request ends, as the worker reports it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.leases import Name, Sha256Hex, Uid
from segrelay_contract.payload import OrthancId, Payload
from segrelay_contract.status import Outcome

NonNegative = Annotated[float, Field(ge=0.0)]


class SegmentFigures(Payload):
    """One segment as measured in the stored mask."""

    number: Annotated[int, Field(ge=1)]
    label: Name
    voxel_count: Annotated[int, Field(ge=0)]
    volume_ml: NonNegative
    longest_diameter_mm: NonNegative | None = None  # within one slice, from edge to edge of voxels


class ModelIdentity(Payload):
    """Which model made the result."""

    name: Name
    version: Name
    digest: Sha256Hex
    weights_sha256: Sha256Hex


class StageSeconds(Payload):
    """Wall time by stage."""

    downloading: NonNegative
    inferring: NonNegative
    encoding: NonNegative
    uploading: NonNegative


class StoredObject(Payload):
    """One DICOM object of the result, as Orthanc holds it."""

    kind: Literal["SEG", "SC", "SR"]
    sop_class_uid: Uid | None = None  # of older workers: the usual one of its kind
    sop_instance_uid: Uid
    series_instance_uid: Uid
    orthanc_id: OrthancId
    orthanc_series_id: OrthancId


class ResultWarning(Payload):
    """What was mended on the way: a `WarningCode`, or one of a newer worker."""

    code: Name
    parameters: dict[str, str | int | float] = Field(default_factory=dict)


class ReportedResult(Payload):
    """What came out, as the report (SR) carries it: the same for the same work done twice."""

    outcome: Outcome
    segments: tuple[SegmentFigures, ...]
    model: ModelIdentity
    threshold: float
    mask_sha256: Sha256Hex


class SegmentationResult(ReportedResult):
    """Everything that is known of a completed request."""

    seconds: StageSeconds
    objects: tuple[StoredObject, ...]
    warnings: tuple[ResultWarning, ...] = ()
    way: Name | None = None  # how the network was computed; older workers and some formats: none


class ShownWarning(ResultWarning):
    """A warning with its sentence in the reader's language."""

    sentence: str


class ShownResult(SegmentationResult):
    """A result as people read it."""

    warnings: tuple[ShownWarning, ...] = ()


class SuccessBody(Payload):
    """The results are stored."""

    success: Literal[True]
    lease_token: str
    seg_instance_id: str | None = None
    result: SegmentationResult


class FailureBody(Payload):
    """The worker could not do it; `error` is for the operator, parameters fill the sentence."""

    success: Literal[False]
    lease_token: str
    error_code: ErrorCode
    error_parameters: dict[str, str | int | float] = Field(default_factory=dict)
    error: Annotated[str, Field(max_length=4000)] = ""
    retryable: bool


class OldResult(Payload):
    """The figures of a worker of the old protocol."""

    seg_instance_id: str | None = None
    tumor_detected: bool | None = None
    tumor_volume_voxels: Annotated[int, Field(ge=0)] | None = None
    elapsed_time_seconds: NonNegative | None = None


class OldSuccessBody(OldResult):
    """What a worker of the old protocol reports: no token, and figures of its own."""

    success: Literal[True]
    lease_token: None = None  # what has these keys is a body of today, and checked as such
    result: None = None


class OldFailureBody(Payload):
    """A failure as the old protocol reports it."""

    success: Literal[False]
    lease_token: None = None
    error_code: None = None
    error: Annotated[str, Field(max_length=4000)] = ""


CompletionBody = SuccessBody | FailureBody | OldSuccessBody | OldFailureBody
