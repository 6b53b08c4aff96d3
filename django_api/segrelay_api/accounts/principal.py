from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a caller is."""

    REQUESTER = "requester"  # a person or a front end: reads and presses the button
    WORKER = "worker"  # a lab's GPU machine
    PLUGIN = "plugin"  # the Orthanc plugin


@dataclass(frozen=True)
class Principal:
    """A caller that was recognised."""

    name: str
    role: Role
