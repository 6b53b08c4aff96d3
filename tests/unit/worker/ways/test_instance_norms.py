from __future__ import annotations

import pytest
import torch

from segrelay_worker.ways.instance_norms import with_layer_norms


def _network(*, affine: bool) -> torch.nn.Module:
    norm = torch.nn.InstanceNorm3d(2, affine=affine, eps=1e-3)
    if affine:
        torch.nn.init.normal_(norm.weight)
        torch.nn.init.normal_(norm.bias)
    inner = torch.nn.Sequential(torch.nn.Conv3d(1, 2, 3), norm)
    return torch.nn.Sequential(inner, torch.nn.ReLU()).eval()


@pytest.mark.parametrize("affine", [False, True])
def test_each_channel_is_normalised_as_before(affine: bool) -> None:  # noqa: FBT001 - each once
    network = _network(affine=affine)
    changed = with_layer_norms(network)
    batch = 3 * torch.randn(2, 1, 6, 7, 8) + 1
    torch.testing.assert_close(changed(batch), network(batch))
    assert not any(isinstance(each, torch.nn.InstanceNorm3d) for each in changed.modules())


def test_the_network_that_was_loaded_stays_as_it_is() -> None:
    network = _network(affine=True)
    with_layer_norms(network)
    assert any(isinstance(each, torch.nn.InstanceNorm3d) for each in network.modules())


def test_a_norm_that_keeps_what_it_learned_is_left_alone() -> None:
    network = torch.nn.Sequential(torch.nn.InstanceNorm3d(2, track_running_stats=True)).eval()
    assert with_layer_norms(network) is network
