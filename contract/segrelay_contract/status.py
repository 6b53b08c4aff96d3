"""The states of a request and the one table of transitions between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class RequestStatus(StrEnum):
    """How far a segmentation request is."""

    PENDING = "pending"  # waits for a worker
    PROCESSING = "processing"  # leased to one worker
    COMPLETED = "completed"  # results are stored in Orthanc
    FAILED = "failed"  # gave up; error_code says why
    CANCELLED = "cancelled"  # somebody cancelled it


class Stage(StrEnum):
    """What the worker that holds the lease is doing."""

    DOWNLOADING = "downloading"  # reads the series from Orthanc
    INFERRING = "inferring"  # builds the volume and runs the model
    ENCODING = "encoding"  # writes the mask as DICOM objects
    UPLOADING = "uploading"  # stores the objects in Orthanc


class Outcome(StrEnum):
    """What a completed request found."""

    SEGMENTED = "segmented"  # at least one segment has voxels
    NOTHING_FOUND = "nothing_found"  # the model marked no voxel


class Transition(StrEnum):
    """Everything that changes a request's status."""

    CLAIM = "claim"  # a worker takes it
    RELEASE = "release"  # its worker gives it back; uses up no attempt
    EXPIRE = "expire"  # its lease ran out with attempts left
    REQUEUE = "requeue"  # it failed for a passing reason with attempts left
    COMPLETE = "complete"  # its results are stored, as its worker or the archive tells
    FAIL = "fail"  # permanent failure, or attempts used up
    CANCEL = "cancel"  # somebody no longer wants it
    RETRY = "retry"  # somebody wants a failed one again


@dataclass(frozen=True)
class TransitionRule:
    """Where a transition may start and where it ends."""

    sources: frozenset[RequestStatus]
    target: RequestStatus


def _rule(*sources: RequestStatus, to: RequestStatus) -> TransitionRule:
    return TransitionRule(frozenset(sources), to)


_S = RequestStatus

TRANSITIONS: Mapping[Transition, TransitionRule] = MappingProxyType(
    {
        Transition.CLAIM: _rule(_S.PENDING, to=_S.PROCESSING),
        Transition.RELEASE: _rule(_S.PROCESSING, to=_S.PENDING),
        Transition.EXPIRE: _rule(_S.PROCESSING, to=_S.PENDING),
        Transition.REQUEUE: _rule(_S.PROCESSING, to=_S.PENDING),
        Transition.COMPLETE: _rule(_S.PENDING, _S.PROCESSING, to=_S.COMPLETED),
        Transition.FAIL: _rule(_S.PROCESSING, to=_S.FAILED),
        Transition.CANCEL: _rule(_S.PENDING, _S.PROCESSING, to=_S.CANCELLED),
        Transition.RETRY: _rule(_S.FAILED, to=_S.PENDING),
    }
)


def is_final(status: RequestStatus) -> bool:
    """Whether no worker will touch the request again unless a person asks for it."""
    return status in {_S.COMPLETED, _S.FAILED, _S.CANCELLED}
