import numpy as np
import pytest
import torch
from deepbet.bet import BrainExtraction
from torch import Tensor, nn

from demo.deepbet_network import DeepbetNetwork, brain_box

pytestmark = pytest.mark.long


class BrightIsBrain(nn.Module):
    """Stands for both nets: channel 1 is 1 wherever the image is bright."""

    def forward(self, image: Tensor) -> Tensor:
        brain = (image > image.mean()).float()
        return torch.cat([1 - brain, brain], dim=1)


class NoBrain(nn.Module):
    def forward(self, image: Tensor) -> Tensor:
        return torch.zeros_like(image).expand(-1, 2, -1, -1, -1)


class BrainEverywhere(nn.Module):
    def forward(self, image: Tensor) -> Tensor:
        return torch.ones_like(image).expand(-1, 2, -1, -1, -1)


def head_with_two_blobs() -> Tensor:
    image = torch.rand(1, 1, 24, 30, 20) * 0.01
    image[:, :, 4:14, 5:17, 3:12] = 100
    image[:, :, 20:24, 25:30, 15:20] = 100
    return image


@pytest.mark.parametrize("seed", range(8))
def test_the_box_is_the_one_that_deepbet_would_take(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = [int(size) for size in rng.integers(90, 260, size=3)]
    starts = rng.integers(0, 60, size=3)
    coarse = torch.zeros(128, 128, 128, dtype=torch.bool)
    coarse[tuple(slice(start, start + 25 + 5 * seed) for start in starts)] = True
    deepbet = BrainExtraction.__new__(BrainExtraction)
    expected = deepbet.get_bbox_with_margin(coarse.float(), tuple(shape), 0.1)
    assert brain_box(coarse, shape) == [s.start for s in expected] + [s.stop for s in expected]


def test_a_coarse_mask_of_a_few_voxels_has_no_box() -> None:
    coarse = torch.zeros(128, 128, 128, dtype=torch.bool)
    coarse[5:8, 5:8, 5:8] = True
    assert brain_box(coarse, [128, 128, 128]) == []


def test_without_a_brain_the_probability_is_zero_everywhere() -> None:
    network = DeepbetNetwork(box_net=NoBrain(), brain_net=BrainEverywhere())
    probability = network(head_with_two_blobs())
    assert probability.shape == (1, 1, 24, 30, 20)
    assert not probability.any()


def test_an_image_of_one_value_has_no_brain() -> None:
    network = DeepbetNetwork(box_net=BrightIsBrain(), brain_net=BrainEverywhere())
    assert not network(torch.full((1, 1, 12, 12, 12), 7.0)).any()


def test_brain_is_looked_for_around_the_largest_coarse_component_only() -> None:
    network = DeepbetNetwork(box_net=BrightIsBrain(), brain_net=BrainEverywhere())
    found = network(head_with_two_blobs())[0, 0].nonzero()
    assert (found.amin(0) < torch.tensor([4, 5, 3])).all()
    assert (found.amax(0) > torch.tensor([13, 16, 11])).all()
    assert (found.amax(0) < torch.tensor([20, 25, 15])).all()


def test_the_probability_lies_on_the_grid_of_the_image() -> None:
    network = DeepbetNetwork(box_net=BrightIsBrain(), brain_net=BrightIsBrain())
    found = network(head_with_two_blobs())[0, 0].nonzero()
    assert found.amin(0).tolist() == [4, 5, 3]
    assert found.amax(0).tolist() == [13, 16, 11]


def test_missing_values_count_as_nothing() -> None:
    image = head_with_two_blobs()
    image[:, :, 0, 0, 0] = float("nan")
    network = DeepbetNetwork(box_net=BrightIsBrain(), brain_net=BrightIsBrain())
    assert int(network(image).sum()) == 10 * 12 * 9
