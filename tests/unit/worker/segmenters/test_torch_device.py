from __future__ import annotations

import torch

from segrelay_worker.segmenters.torch_device import moved_to


def test_a_gpu_is_to_multiply_in_32_bits() -> None:
    torch.backends.cudnn.allow_tf32 = True
    torch.backends.cuda.matmul.allow_tf32 = True
    moved_to("cpu", torch.nn.Identity())
    assert not torch.backends.cudnn.allow_tf32
    assert not torch.backends.cuda.matmul.allow_tf32
