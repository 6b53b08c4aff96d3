"""Who works and with what: the lists of workers and models."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from segrelay_contract.leases import Device, OfferedSegment
from segrelay_contract.payload import Payload


class QuarantineView(Payload):
    """A model that a worker no longer runs; `reason` is the error code of the last time."""

    name: str
    version: str
    digest: str
    reason: str


class WorkerView(Payload):
    """A worker that called at least once."""

    name: str
    version: str
    online: bool
    last_seen_at: datetime
    labels: dict[str, str]
    devices: tuple[Device, ...]
    models: tuple[str, ...]
    quarantined: tuple[QuarantineView, ...]


class ModelView(Payload):
    """A model that some worker offered.

    `conflict`: workers offer this name and version with different contents; results of the same
    name would differ, so somebody has to give one of them another version.
    """

    name: str
    version: str
    digest: str
    weights_sha256: str
    roles: tuple[str, ...]
    segments: tuple[OfferedSegment, ...]
    workers: tuple[str, ...]
    quarantined_by: tuple[str, ...]  # workers that have it and no longer run it
    online: bool
    conflict: bool
    usual_seconds: float | None


class WorkerList(Payload):
    """Everybody who ever claimed, by name."""

    success: Literal[True] = True
    workers: tuple[WorkerView, ...]


class ModelList(Payload):
    """Every model that is offered by somebody, by name and version."""

    success: Literal[True] = True
    models: tuple[ModelView, ...]


class FittingModel(Payload):
    """One model for one series or study; `reasons` are sentences in the reader's language."""

    name: str
    version: str  # the newest that was offered; empty where none was
    fits: bool
    reasons: tuple[str, ...]  # why not


class FittingModelList(Payload):
    """Every known model, and those that the tagging rules name; those that fit come first.

    `reasons`: why there is none to choose from, whatever the model.
    """

    success: Literal[True] = True
    models: tuple[FittingModel, ...]
    reasons: tuple[str, ...]
