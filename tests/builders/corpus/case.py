from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from builders.mr_series import SeriesPlan, write_series
from pydicom import Dataset
from pydicom.config import disable_value_validation

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.warning_codes import WarningCode

# Coarse, so that hundreds of series are quick; the lesion still covers no symmetric set of voxels.
PLAN = SeriesPlan(shape_zyx=(10, 22, 18), spacing_zyx_mm=(6.0, 4.0, 5.0))

Images = Sequence[Dataset]


@dataclass(frozen=True)
class Understood:
    """A series that becomes the volume of its plan, whose lesion is the right mask."""

    build: Callable[[], Images]
    plan: SeriesPlan = PLAN
    volume_rule: Mapping[str, str] = field(default_factory=dict)
    interpolate: bool = False
    warnings: tuple[WarningCode, ...] = ()


@dataclass(frozen=True)
class Refused:
    """A series that is refused for one reason, with these parameters among its own."""

    build: Callable[[], Images]
    code: ErrorCode
    parameters: Mapping[str, object] = field(default_factory=dict)
    volume_rule: Mapping[str, str] = field(default_factory=dict)
    interpolate: bool = False
    damage: Callable[[Path], None] | None = None  # done to the files


def write_case(case: Understood | Refused, folder: Path) -> list[Path]:
    """One file for each image."""
    with disable_value_validation():
        paths = write_series(case.build(), folder)
    if isinstance(case, Refused) and case.damage:
        case.damage(folder)
    return paths
