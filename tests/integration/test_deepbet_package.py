from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
import numpy.typing as npt
import pytest
import torch
from deepbet import BrainExtraction
from scipy import ndimage

from demo.colin27_download import fetch_colin27
from demo.deepbet_package import ensure_package

CACHE = Path(__file__).parents[2] / ".cache" / "demo"


@pytest.fixture(scope="module")
def head() -> nib.Nifti1Image:
    return nib.Nifti1Image.from_filename(fetch_colin27(CACHE))


@pytest.fixture(scope="module")
def probability(head: nib.Nifti1Image, tmp_path_factory: pytest.TempPathFactory) -> torch.Tensor:
    weights = ensure_package(tmp_path_factory.mktemp("package"))
    network = torch.jit.load(weights)  # type: ignore[no-untyped-call] # torch.jit has no types
    image = torch.from_numpy(head.get_fdata(dtype=np.float32).copy())
    with torch.no_grad():
        result: torch.Tensor = network(image[None, None])
    return result


@dataclass(frozen=True)
class Expected:
    """What deepbet itself finds."""

    probability: npt.NDArray[np.float32]
    mask: npt.NDArray[np.bool_]


@pytest.fixture(scope="module")
def expected(head: nib.Nifti1Image) -> Expected:
    deepbet = BrainExtraction(no_gpu=True)
    probability = deepbet.run_model(head.get_fdata(dtype=np.float32))
    return Expected(probability, deepbet.postprocess(probability > 0.5) > 0)


def test_the_exported_network_gives_deepbets_probability_on_a_real_head(
    probability: torch.Tensor, expected: Expected
) -> None:
    assert int((probability[0, 0].numpy() != expected.probability).sum()) == 0
    assert expected.probability.max() > 0.99


def test_after_threshold_largest_component_and_filled_holes_no_voxel_differs(
    probability: torch.Tensor, expected: Expected
) -> None:
    labels, _ = ndimage.label(probability[0, 0].numpy() > 0.5, structure=np.ones((3, 3, 3)))
    largest = labels == 1 + np.bincount(labels.ravel())[1:].argmax()
    mask = ndimage.binary_fill_holes(largest)
    assert int((mask != expected.mask).sum()) == 0
    assert int(mask.sum()) == 1_956_468  # voxels of one cubic millimetre
