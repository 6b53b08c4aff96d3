import cc3d
import numpy as np
import numpy.typing as npt
import pytest
import torch
from scipy import ndimage

from demo.largest_component import component_labels, largest_component

NEIGHBOURS_26 = np.ones((3, 3, 3))


def random_mask(seed: int, density: float) -> npt.NDArray[np.bool_]:
    rng = np.random.default_rng(seed)
    return rng.random(rng.integers(1, 30, size=3)) < density


def snake() -> npt.NDArray[np.bool_]:
    """One corridor that winds through the whole block: the longest way for a flood."""
    mask = np.zeros((31, 31, 3), dtype=bool)
    mask[::2, :, 1] = True
    mask[1::4, -1, 1] = True
    mask[3::4, 0, 1] = True
    return mask


@pytest.mark.parametrize("density", [0.01, 0.05, 0.1, 0.2, 0.5, 0.95])
@pytest.mark.parametrize("seed", range(5))
def test_labels_part_a_random_mask_as_scipy_does(seed: int, density: float) -> None:
    mask = random_mask(seed, density)
    labels = component_labels(torch.from_numpy(mask)).numpy()
    expected, count = ndimage.label(mask, structure=NEIGHBOURS_26)
    pairs = {(int(own), int(other)) for own, other in zip(labels.flat, expected.flat, strict=True)}
    assert len({own for own, _ in pairs} - {0}) == len(pairs - {(0, 0)}) == count


@pytest.mark.parametrize("density", [0.02, 0.06, 0.1, 0.3])
@pytest.mark.parametrize("seed", range(5))
def test_the_largest_component_is_the_one_that_cc3d_finds_ties_included(
    seed: int, density: float
) -> None:
    mask = random_mask(seed + 100, density)
    mask[-1, -1, -1] = True
    labels = cc3d.connected_components(mask, connectivity=26)
    largest = 1 + int(np.bincount(labels.ravel())[1:].argmax())
    kept = largest_component(torch.from_numpy(mask)).numpy()
    assert np.array_equal(kept, labels == largest)


def test_of_equal_components_the_first_in_raster_order_is_kept() -> None:
    mask = torch.zeros(3, 5, 3, dtype=torch.bool)
    mask[2, 0, 0] = mask[0, 4, 0] = mask[0, 0, 2] = True
    assert largest_component(mask).nonzero().tolist() == [[0, 0, 2]]


def test_a_winding_corridor_stays_one_component() -> None:
    mask = snake()
    assert ndimage.label(mask, structure=NEIGHBOURS_26)[1] == 1
    assert np.array_equal(largest_component(torch.from_numpy(mask)).numpy(), mask)


def test_voxels_that_touch_at_a_corner_belong_together() -> None:
    mask = torch.zeros(4, 4, 4, dtype=torch.bool)
    mask[0, 0, 0] = mask[1, 1, 1] = mask[3, 3, 3] = True
    assert largest_component(mask).nonzero().tolist() == [[0, 0, 0], [1, 1, 1]]


def test_an_empty_mask_stays_empty() -> None:
    assert not largest_component(torch.zeros(3, 4, 5, dtype=torch.bool)).any()


def test_a_mask_too_large_for_exact_labels_is_refused() -> None:
    with pytest.raises(AssertionError):
        component_labels(torch.zeros(1, dtype=torch.bool).expand(257, 256, 256))


def test_the_compiled_search_finds_the_same() -> None:
    mask = torch.from_numpy(random_mask(3, 0.08))
    compiled = torch.jit.script(largest_component)
    assert torch.equal(compiled(mask), largest_component(mask))
