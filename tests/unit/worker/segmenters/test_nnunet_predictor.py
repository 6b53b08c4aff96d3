from __future__ import annotations

import contextlib
import threading
from weakref import ref

import pytest
import torch
from builders.nnunet_folder import NnunetPlan
from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

from segrelay_worker.segmenters.nnunet_predictor import ReportingPredictor

pytestmark = pytest.mark.long  # importing nnU-Net is

SEVERAL_WINDOWS = torch.zeros(1, 40, 64, 48)


class Insatiable(torch.nn.Module):
    """Finds no memory for any window."""

    def forward(self, window: torch.Tensor) -> torch.Tensor:
        self.window = ref(window)
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB")


def predictor_of(network: torch.nn.Module) -> ReportingPredictor:
    plan = NnunetPlan()
    plans = PlansManager(plan.plans())
    with contextlib.redirect_stdout(None):
        predictor = ReportingPredictor(device=torch.device("cpu"), allow_tqdm=False)
    configuration = plans.get_configuration("3d_fullres")
    predictor.manual_initialization(
        network, plans, configuration, [{}], plan.dataset(), "nnUNetTrainer", None
    )
    predictor.report = lambda _: None
    return predictor


def test_where_memory_runs_out_nothing_stays_behind() -> None:
    network = Insatiable()
    threads = threading.active_count()
    with pytest.raises(torch.OutOfMemoryError) as held:
        predictor_of(network).predict_logits_from_preprocessed_data(SEVERAL_WINDOWS)
    assert threading.active_count() == threads
    assert network.window() is None, held


def test_a_sum_beyond_16_bits_is_refused() -> None:
    class Loud(torch.nn.Module):
        def forward(self, window: torch.Tensor) -> torch.Tensor:
            return torch.full((1, 3, *window.shape[2:]), 6e4)

    with pytest.raises(RuntimeError, match="beyond the 16 bits"):
        predictor_of(Loud()).predict_logits_from_preprocessed_data(SEVERAL_WINDOWS)
