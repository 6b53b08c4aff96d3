from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Machine:
    """What the operator lets a model run on.

    `fallback_device` takes what finds no room on `device`; None: nothing does.
    `cache_folder` is for what a later start can use again; None: it is made anew each time.
    """

    device: str
    fallback_device: str | None = None
    cache_folder: Path | None = None
