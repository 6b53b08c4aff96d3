"""What the queue remembers.

Only `transitions`, `outdating`, `workers` and `untold_states` write it.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum

from django.db import models
from django.db.models import Q

from segrelay_api.queue.event_order import CurrentTransaction
from segrelay_contract.leases import SupersededObject
from segrelay_contract.requests import Priority
from segrelay_contract.status import Outcome, RequestStatus, Stage

LONGEST_NAME = 128
LONGEST_UID = 64  # DICOM PS3.5 section 9.1


HANDING_OUT_ORDER = ("due_at", "created_at", "id")


def _choices(members: type[StrEnum]) -> list[tuple[str, str]]:
    return [(member.value, member.value) for member in members]


class RequestQuerySet(models.QuerySet["SegmentationRequest"]):
    """The adjectives of the design as filters."""

    def pending(self) -> RequestQuerySet:
        """Waiting for a worker."""
        return self.filter(status=RequestStatus.PENDING)

    def expired(self, now: datetime) -> RequestQuerySet:
        """Leased to a worker that no longer renews."""
        return self.filter(status=RequestStatus.PROCESSING, lease_expires_at__lte=now)

    def active(self) -> RequestQuerySet:
        """Doing, about to do, or having done the work that their dedup key names."""
        return self.filter(ACTIVE)


ACTIVE = Q(status__in=[RequestStatus.PENDING, RequestStatus.PROCESSING]) | Q(
    status=RequestStatus.COMPLETED, results_deleted=False
)


class SegmentationRequest(models.Model):
    """One series to be segmented by one model, from the press to the stored result."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    series_id = models.CharField(max_length=LONGEST_NAME)
    series_instance_uid = models.CharField(max_length=LONGEST_UID)
    study_id = models.CharField(max_length=LONGEST_NAME)
    study_instance_uid = models.CharField(max_length=LONGEST_UID)
    inputs = models.JSONField(default=list)  # InputSeries by role, where the model has several
    instances_digest = models.CharField(max_length=64)  # of all inputs
    model = models.CharField(max_length=LONGEST_NAME, blank=True)  # empty: any that a worker offers
    model_digest = models.CharField(max_length=64, blank=True)  # empty: not known yet
    threshold = models.FloatField(null=True)  # null: the worker's own
    worker_label = models.CharField(max_length=LONGEST_NAME, blank=True)  # empty: any worker
    run = models.PositiveIntegerField(default=0)
    dedup_key = models.CharField(max_length=64)
    requested_by = models.CharField(max_length=LONGEST_NAME)

    priority = models.CharField(max_length=16, choices=_choices(Priority))
    due_at = models.DateTimeField()
    created_at = models.DateTimeField()

    status = models.CharField(
        max_length=16, choices=_choices(RequestStatus), default=RequestStatus.PENDING
    )
    stage = models.CharField(max_length=16, choices=_choices(Stage), blank=True)
    progress = models.FloatField(default=0.0)
    attempt = models.PositiveIntegerField(default=0)  # grows with every claim; fences old workers
    attempts_used = models.PositiveIntegerField(default=0)  # a release gives its attempt back
    worker = models.CharField(max_length=LONGEST_NAME, blank=True)
    claim_id = models.UUIDField(null=True)
    lease_token = models.CharField(max_length=64, blank=True)
    lease_expires_at = models.DateTimeField(null=True)
    is_bound_to_worker = models.BooleanField(default=False)  # the old protocol knows no tokens
    settled_token = models.CharField(max_length=64, blank=True)  # its holder already reported
    expired_token = models.CharField(max_length=64, blank=True)  # its holder fell silent
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    outcome = models.CharField(max_length=16, choices=_choices(Outcome), blank=True)
    result = models.JSONField(null=True)
    result_series_id = models.CharField(max_length=LONGEST_NAME, blank=True)
    results_deleted = models.BooleanField(default=False)
    error_code = models.CharField(max_length=64, blank=True)
    error_parameters = models.JSONField(default=dict)
    error_detail = models.TextField(blank=True)

    outdated = models.BooleanField(default=False)  # a series has other images by now
    stored_objects = models.JSONField(default=list)  # StoredPart, as the archive told

    event_count = models.PositiveIntegerField(default=0)

    superseded: tuple[SupersededObject, ...] = ()  # looked up with a claim, not stored

    objects = RequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dedup_key"], condition=ACTIVE, name="one_active_request_per_work"
            ),
            models.UniqueConstraint(
                fields=["claim_id", "worker"],
                condition=Q(claim_id__isnull=False),
                name="one_lease_per_claim",
            ),
            models.CheckConstraint(
                name="leased_exactly_while_processing",
                condition=Q(
                    status=RequestStatus.PROCESSING,
                    lease_expires_at__isnull=False,
                    claim_id__isnull=False,
                )
                & ~Q(lease_token="")
                | ~Q(status=RequestStatus.PROCESSING)
                & Q(lease_token="", lease_expires_at__isnull=True, claim_id__isnull=True),
            ),
        ]
        # Each claim writes to most of them. `db_index` would make a second one, for LIKE.
        indexes = [
            models.Index(fields=["series_id"], name="requests_by_series"),
            models.Index(fields=["study_instance_uid", "-created_at"], name="requests_by_study"),
            models.Index(
                fields=["result_series_id"],
                condition=Q(status=RequestStatus.COMPLETED),
                name="completed_by_result",
            ),
            models.Index(
                fields=HANDING_OUT_ORDER,
                condition=Q(status=RequestStatus.PENDING),
                name="pending_by_due_time",
            ),
            models.Index(
                fields=["lease_expires_at"],
                condition=Q(status=RequestStatus.PROCESSING),
                name="leases_by_expiry",
            ),
            models.Index(fields=["-created_at"], name="requests_newest_first"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.status}"


class FurtherInput(models.Model):
    """A series that a request needs besides its first, to be found by it; claims never write it."""

    request = models.ForeignKey(
        SegmentationRequest, on_delete=models.CASCADE, related_name="further_inputs"
    )
    series_id = models.CharField(max_length=LONGEST_NAME)

    class Meta:
        indexes = [models.Index(fields=["series_id"], name="further_inputs_by_series")]

    def __str__(self) -> str:
        return f"{self.request_id} {self.series_id}"


class RequestEvent(models.Model):
    """One thing that happened to a request; never changed, never deleted."""

    request = models.ForeignKey(  # the constraint below has its index
        SegmentationRequest, on_delete=models.CASCADE, related_name="events", db_index=False
    )
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=LONGEST_NAME)
    kind = models.CharField(max_length=16)  # as EventView has it
    details = models.JSONField(default=dict)
    transaction_number = models.BigIntegerField(db_default=CurrentTransaction(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request", "seq"], name="one_event_per_seq")]
        indexes = [models.Index(fields=["transaction_number", "id"], name="events_in_order")]

    def __str__(self) -> str:
        return f"{self.request_id} {self.seq} {self.kind}"


class MirrorPosition(models.Model):
    """Up to which event the archive was told how requests are; one row."""

    transaction_number = models.BigIntegerField()
    event_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.transaction_number}-{self.event_id}"


class UntoldState(models.Model):
    """A request that the archive is to be told of although nothing happens to it."""

    request = models.OneToOneField(SegmentationRequest, on_delete=models.CASCADE, primary_key=True)

    def __str__(self) -> str:
        return str(self.request_id)


class IdempotencyKey(models.Model):
    """A press that may be repeated because its answer was lost; the key is its sender's own."""

    owner = models.CharField(max_length=LONGEST_NAME)
    key = models.CharField(max_length=LONGEST_NAME)
    fingerprint = models.CharField(max_length=64)  # of what was asked
    request = models.ForeignKey(
        SegmentationRequest, on_delete=models.CASCADE, related_name="idempotency_keys"
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "key"], name="one_request_per_key_and_owner")
        ]

    def __str__(self) -> str:
        return f"{self.owner} {self.key}"


class WorkerSeen(models.Model):
    """A worker that called at least once."""

    name = models.CharField(max_length=LONGEST_NAME, primary_key=True)
    version = models.CharField(max_length=LONGEST_NAME)
    labels = models.JSONField(default=dict)
    devices = models.JSONField(default=list)
    last_seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class ModelSeen(models.Model):
    """A model that some worker offered, as last offered."""

    worker = models.ForeignKey(WorkerSeen, on_delete=models.CASCADE, related_name="models")
    name = models.CharField(max_length=LONGEST_NAME)
    version = models.CharField(max_length=LONGEST_NAME)
    digest = models.CharField(max_length=64)
    weights_sha256 = models.CharField(max_length=64, default="")
    roles = models.JSONField(default=list)
    segments = models.JSONField(default=list)
    volume_rule = models.JSONField(default=dict)
    interpolate_missing_slice = models.BooleanField(default=False)
    allow_different_frames_of_reference = models.BooleanField(default=False)
    fits_memory = models.BooleanField(default=True)  # some device of this worker is large enough
    quarantine_reason = models.CharField(max_length=LONGEST_NAME, blank=True)  # empty: none
    last_seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["worker", "name"], name="one_offer_per_worker_model")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class ModelTiming(models.Model):
    """How long a model usually takes on one worker, from claim to completion."""

    worker = models.CharField(max_length=LONGEST_NAME)
    model = models.CharField(max_length=LONGEST_NAME)
    usual_seconds = models.FloatField()
    measured = models.PositiveIntegerField()  # how many times

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["worker", "model"], name="one_timing_per_worker_model")
        ]

    def __str__(self) -> str:
        return f"{self.worker} {self.model} {self.usual_seconds:.1f} s"
