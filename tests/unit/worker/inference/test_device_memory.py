from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from segrelay_worker.inference.device_memory import device_memory_bytes


def test_the_memory_of_the_processor_is_everybodys() -> None:
    assert device_memory_bytes("cpu") is None


def test_a_gpu_tells_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {"cuda:1": SimpleNamespace(total_memory=24_000_000_000)}
    monkeypatch.setattr(torch.cuda, "get_device_properties", sizes.__getitem__)
    assert device_memory_bytes("cuda:1") == 24_000_000_000
