"""Four phases of a study and a SwinUNETR with LoRA adapters, from the press to the stored SEG.

An independent script gets the same files out of the archive and computes the mask by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from uuid import uuid4

import cc3d
import numpy as np
import pytest
from builders.dce_package import write_dce_package
from builders.dce_series import ROLES, dce_plans
from builders.mr_series import build_series
from integration.dce_script import dce_probability
from integration.end_to_end import stored_object_id
from integration.found_masks import found_by_worker
from integration.orthanc_server import OrthancServer
from integration.plain_script import Floats, Scan
from integration.polling import until
from integration.stored_results import saved
from integration.system import System
from numpy.typing import NDArray
from scipy import ndimage

from demo.comparison import index_transform
from demo.placed_mask import PlacedMask
from demo.stored_mask import stored_mask
from segrelay_worker.inference.kept_memory import keep_freed_memory

pytestmark = pytest.mark.long

THRESHOLD = 0.5
LEAST_SURE = 1e-4  # of a probability, from the threshold
FEW = 1e-4  # of the voxels
LONGEST_SECONDS = 300.0
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Stored:
    """What the archive holds after the request."""

    series: Mapping[str, Path]
    seg: Path


@pytest.fixture(scope="module")
def stored(
    archive: OrthancServer, shared_system: System, tmp_path_factory: pytest.TempPathFactory
) -> Stored:
    folder = tmp_path_factory.mktemp("dce")
    plans = dce_plans(f"2.25.{int.from_bytes(uuid4().bytes[:8])}")
    ids = {role: shared_system.send(build_series(plan)) for role, plan in plans.items()}
    weights = write_dce_package(folder / "model", cleaned=True)
    with shared_system.shipped_worker(weights), shared_system.django.api() as api:
        until(lambda: "dce-swin" in api.get("models/").text, what="the worker offers its model")
        pressed = api.press(ids["dce0"], model="dce-swin", sequence_series_ids=ids)
        view = api.wait_for_end(pressed.request_id, seconds=LONGEST_SECONDS)
    assert view.result is not None, view.problem
    [seg] = saved(archive, [stored_object_id(view, "SEG")], folder / "seg")
    for role, series_id in ids.items():
        saved(archive, archive.get(f"/series/{series_id}")["Instances"], folder / role)
    return Stored({role: folder / role for role in ROLES}, seg)


def placed_on(grid: Scan, mask: PlacedMask) -> Mask:
    """The mask at the voxels of a grid, by where both lie in the patient."""
    whole = PlacedMask(grid.values > 1, grid.affine)
    to_grid = index_transform(mask, whole)
    indices = np.argwhere(mask.mask_ijk) @ to_grid[:3, :3].T + to_grid[:3, 3]
    result = np.zeros(grid.values.shape, dtype=bool)
    result[tuple(indices.T)] = True
    return result


def cleaned(mask: Mask) -> Mask:
    """By other libraries than the worker's."""
    largest = cc3d.largest_k(mask, k=1, connectivity=26) > 0
    filled: Mask = ndimage.binary_fill_holes(largest)
    return filled


def is_as_computed(found: Mask, probability: Floats) -> bool:
    """Other than the script says only where that hangs on the last digits."""
    wrong = found != (probability > THRESHOLD)
    doubtful = np.abs(probability - THRESHOLD) < LEAST_SURE
    return bool(wrong.mean() <= FEW and not (wrong & ~doubtful).any())


def test_the_stored_mask_is_what_an_independent_script_computes(
    stored: Stored, tmp_path: Path
) -> None:
    weights = write_dce_package(tmp_path, cleaned=False)
    # A process of its own, that ends with the memory it kept: two networks of this size in one
    # test run take gigabytes, and without keeping any, half of the time goes to the kernel.
    spawned = get_context("spawn")
    with ProcessPoolExecutor(1, spawned, initializer=keep_freed_memory) as process:
        grid = process.submit(dce_probability, stored.series).result()
        mask = process.submit(found_by_worker, weights, stored.series).result()
    found, probability = placed_on(grid, mask), grid.values
    assert is_as_computed(found, probability)
    assert 0.1 < found.mean() < 0.6
    assert_another_place_would_be_noticed(found, probability)
    in_archive = placed_on(grid, stored_mask(stored.seg))
    assert np.array_equal(in_archive, cleaned(found))
    assert (in_archive != found).any()  # there was something to clean
    assert (in_archive != cleaned(probability > THRESHOLD)).mean() <= FEW


def assert_another_place_would_be_noticed(found: Mask, probability: Floats) -> None:
    for axis in range(3):
        assert not is_as_computed(found, np.flip(probability, axis))
    cube = (slice(min(found.shape)),) * 3
    assert is_as_computed(found[cube], probability[cube])
    assert not is_as_computed(found[cube], probability[cube].swapaxes(0, 1))
