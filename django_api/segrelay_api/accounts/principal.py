from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a caller is."""

    VIEWER = "viewer"  # sees series, requests and results
    REQUESTER = "requester"  # a person or a front end: also presses, cancels and retries
    REVIEWER = "reviewer"  # judges results; for now the same as a requester
    ADMIN = "admin"  # everything that people may do
    WORKER = "worker"  # a lab's GPU machine
    PLUGIN = "plugin"  # the Orthanc plugin


PEOPLE = frozenset({Role.VIEWER, Role.REQUESTER, Role.REVIEWER, Role.ADMIN})


@dataclass(frozen=True)
class Principal:
    """A caller that was recognised."""

    name: str
    role: Role
