"""What lies in the archive after a request, and what independent programs say of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import requests
from builders.mr_series import SeriesPlan
from integration.orthanc_server import OrthancServer
from numpy.typing import NDArray

from demo.stored_mask import stored_mask

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
INDEX_TOLERANCE = 0.01  # of a voxel


def series_of_study(archive: OrthancServer, study_id: str, modality: str) -> list[dict[str, Any]]:
    """The series of one kind in a study, as Orthanc describes them."""
    found = _json(archive, f"/studies/{study_id}/series")
    return [series for series in found if series["MainDicomTags"]["Modality"] == modality]


def instances_of_kind(archive: OrthancServer, study_id: str, modality: str) -> list[str]:
    """Orthanc's ids of all objects of one kind in a study."""
    series = series_of_study(archive, study_id, modality)
    return [instance for one in series for instance in one["Instances"]]


def saved(archive: OrthancServer, instance_ids: Sequence[str], folder: Path) -> list[Path]:
    """The objects as files, exactly as the archive holds them."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{instance_id}.dcm" for instance_id in instance_ids]
    for instance_id, file in zip(instance_ids, files, strict=True):
        file.write_bytes(_get(archive, f"/instances/{instance_id}/file").content)
    return files


def mask_read_back(seg: Path, plan: SeriesPlan) -> NDArray[np.bool_]:
    """The only segment as dcmqi reads it, put on the grid of the series: [slice, row, column].

    Goes through patient space, so a SEG that lies wrongly does not fit.
    """
    placed = stored_mask(seg)
    index_ijk = np.argwhere(placed.mask_ijk)
    ras = index_ijk @ placed.affine_ras[:3, :3].T + placed.affine_ras[:3, 3]
    to_index = np.linalg.inv(LPS_TO_RAS @ plan.affine_zyx_to_lps)
    index_zyx = ras @ to_index[:3, :3].T + to_index[:3, 3]
    nearest = np.rint(index_zyx).astype(int)
    assert np.abs(index_zyx - nearest).max() < INDEX_TOLERANCE, "between the voxels of the series"
    mask_zyx = np.zeros(plan.shape_zyx, dtype=bool)
    mask_zyx[tuple(nearest.T)] = True
    return mask_zyx


def mask_digest(mask_zyx: NDArray[np.bool_]) -> str:
    """As the worker reports it: one segment, slices along the normal, a byte for each voxel."""
    return hashlib.sha256(mask_zyx[None].astype(np.uint8).tobytes()).hexdigest()


def _get(archive: OrthancServer, path: str) -> requests.Response:
    response = requests.get(archive.url + path, auth=archive.admin, timeout=30)
    response.raise_for_status()
    return response


def _json(archive: OrthancServer, path: str) -> Any:
    return _get(archive, path).json()
