from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class InputFolder:
    """The files of one input of a model.

    `role` is empty where nobody named it: it is the only one then. `instances_digest` names the
    images that were asked about; None takes what the folder holds.
    """

    folder: Path
    role: str = ""
    instances_digest: str | None = None
