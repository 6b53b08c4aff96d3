from __future__ import annotations

from collections.abc import Callable

import torch

Network = Callable[[torch.Tensor], torch.Tensor]  # [n, role, x, y, z] → [n, channel, x, y, z]
