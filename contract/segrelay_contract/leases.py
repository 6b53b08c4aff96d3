"""Claiming, renewing and releasing: what worker and queue say to each other while work goes on."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from segrelay_contract.payload import Payload
from segrelay_contract.status import RequestStatus, Stage

LONGEST_CLAIM_WAIT_SECONDS = 30
Sha256Hex = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, Field(min_length=1, max_length=128)]
Uid = Annotated[str, Field(pattern=r"^[0-9.]{1,64}$")]
Probability = Annotated[float, Field(ge=0.0, le=1.0)]


class Device(Payload):
    """One compute device of a worker."""

    name: Name
    memory_bytes: Annotated[int, Field(ge=0)] | None = None


class WorkerDescription(Payload):
    """Who claims."""

    name: Name
    version: Name
    labels: dict[str, str] = Field(default_factory=dict)
    devices: tuple[Device, ...] = ()


class OfferedSegment(Payload):
    """One segment that a model can mark."""

    number: Annotated[int, Field(ge=1)]
    label: Name


class ModelOffer(Payload):
    """A model package that a worker has loaded; `digest` covers model.toml and weights.

    `volume_rule` chooses where a series holds several volumes (see `series_rules.volumes`), by
    names of attributes; a newer worker may know more of them.
    """

    name: Name
    version: Name
    digest: Sha256Hex
    weights_sha256: Sha256Hex
    roles: Annotated[tuple[str, ...], Field(min_length=1)]
    segments: Annotated[tuple[OfferedSegment, ...], Field(min_length=1)]
    volume_rule: dict[str, str] = Field(default_factory=dict)
    interpolate_missing_slice: bool = False
    allow_different_frames_of_reference: bool = False  # between the series of its roles
    memory_bytes: Annotated[int, Field(ge=0)] | None = None  # what one run needs of a device


class QuarantinedModel(ModelOffer):
    """A model that its worker has, but no longer runs: each time its process came to a bad end.

    `reason` is the error code of the last time.
    """

    reason: Name


class ClaimBody(Payload):
    """One try to get work; the same `claim_id` again gets the same lease again.

    Who offers no model gets none, and stays visible.
    """

    claim_id: UUID
    worker: WorkerDescription
    models: tuple[ModelOffer, ...]
    quarantined: tuple[QuarantinedModel, ...] = ()
    wait_seconds: Annotated[float, Field(ge=0, le=LONGEST_CLAIM_WAIT_SECONDS)] = 0
    resume: UUID | None = None  # a request whose finished result this worker still holds


class Lease(Payload):
    """The right to work on one request until `expires_at`."""

    token: str
    attempt: int
    expires_at: datetime
    renew_every_seconds: float


class OrthancAccess(Payload):
    """Where the archive is, as the queue knows it, and the right to use it while the lease lasts.

    The worker's own setting wins over `url`. Without a ticket the queue issues none.
    """

    url: str
    ticket: Annotated[str | None, Field(repr=False)] = None


class InputSeries(Payload):
    """The series of one role; without a name where it is the only one."""

    role: Annotated[str, Field(max_length=64)]
    series_id: str
    series_instance_uid: str
    study_id: str
    instances_digest: Sha256Hex  # of its sorted SOP Instance UIDs


class SupersededObject(Payload):
    """An object of an earlier result that the new one takes the place of."""

    kind: Literal["SEG", "SR"]
    sop_class_uid: Uid
    sop_instance_uid: Uid
    series_instance_uid: Uid


class ClaimedRequest(Payload):
    """What the worker needs to know of a request.

    `inputs` holds one series for each role, the reference first: that is also the one which
    `series_id` and `instances_digest` tell by themselves. An older server names no inputs.
    """

    request_id: UUID
    series_id: str
    series_instance_uid: str
    model: Name
    threshold: Probability | None
    run: int
    instances_digest: Sha256Hex  # of the sorted SOP Instance UIDs that were pressed for
    created_at: datetime
    inputs: tuple[InputSeries, ...] = ()
    supersedes: tuple[SupersededObject, ...] = ()  # of other versions of the model


class ClaimAnswer(Payload):
    """A lease with its request."""

    success: Literal[True] = True
    request: ClaimedRequest
    lease: Lease
    orthanc: OrthancAccess


class ProgressBody(Payload):
    """A heartbeat: renews the lease and says how far the work is.

    Without a token it is the old protocol's claim, and later its heartbeat.
    """

    lease_token: str | None = None
    status: Literal[RequestStatus.PROCESSING] = RequestStatus.PROCESSING
    stage: Stage | None = None
    progress: Probability | None = None


class ProgressAnswer(Payload):
    """The renewed lease with its ticket; `cancel_requested` tells the worker to stop."""

    success: Literal[True] = True
    lease: Lease | None
    cancel_requested: bool
    orthanc: OrthancAccess | None = None  # of older servers, and the old protocol: none


class ReleaseBody(Payload):
    """The worker gives the request back unharmed."""

    lease_token: str
