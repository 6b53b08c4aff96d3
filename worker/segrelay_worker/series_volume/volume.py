from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from segrelay_contract.warning_codes import Mended


@dataclass(frozen=True)
class SliceSource:
    """Which stored image a slice came from, as other objects refer to it (DICOM PS3.3 10.3)."""

    sop_class_uid: str
    sop_instance_uid: str
    frame_number: int | None  # from 1 in an instance of many frames; None refers to the whole
    is_interpolated: bool = False  # the slice lies after the one that is named, between two


@dataclass(frozen=True)
class SeriesVolume:
    """One MR volume in patient space (DICOM PS3.3 C.7.6.2.1.1).

    `array_zyx` is indexed [slice, row, column]; slices are sorted along row × column direction.
    `affine_zyx_to_lps` takes (slice, row, column, 1) to the centre of that voxel in the patient
    system, mm toward left, posterior, superior. `datasets[k]` is the header of slice k in the
    form of a classic single-frame image: where an instance holds many slices (many frames, or a
    mosaic), a copy of its header with size and place of that one slice and without pixels.
    `sources[k]` is what to refer to; several slices may have one instance.
    """

    array_zyx: NDArray[np.float32]
    affine_zyx_to_lps: NDArray[np.float64]
    datasets: tuple[Dataset, ...]
    sources: tuple[SliceSource, ...]
    warnings: tuple[Mended, ...] = ()  # what was mended on the way

    @property
    def slice_positions_mm(self) -> NDArray[np.float64]:
        """Where the first voxel of each slice lies, [slice, 3], as the headers say."""
        return np.array(
            [dataset.ImagePositionPatient for dataset in self.datasets], dtype=np.float64
        )

    @property
    def spacing_zyx_mm(self) -> tuple[float, float, float]:
        """Distances between neighbours: slices, rows, columns."""
        lengths = np.linalg.norm(self.affine_zyx_to_lps[:3, :3], axis=0)
        return (float(lengths[0]), float(lengths[1]), float(lengths[2]))

    @property
    def voxel_ml(self) -> float:
        """The volume of one voxel."""
        return float(abs(np.linalg.det(self.affine_zyx_to_lps[:3, :3]))) / 1000.0
