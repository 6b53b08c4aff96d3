from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Machine:
    """What the operator lets a model run on.

    `fallback_device` takes what finds no room on `device`; None: nothing does.
    """

    device: str
    fallback_device: str | None = None
