"""How fast this processor computes convolutions at most."""

from __future__ import annotations

import time

import torch


def convolution_peaks() -> dict[str, float]:
    """GFLOP/s of one large convolution, channels last, the best of several."""
    return {
        "float32": _convolution_gflops(torch.float32),
        "bfloat16": _convolution_gflops(torch.bfloat16),
    }


def _convolution_gflops(dtype: torch.dtype) -> float:
    convolution = torch.nn.Conv3d(128, 128, 3, padding=1, bias=False).to(dtype)
    convolution = convolution.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload] # torch's stubs lack it
    given = torch.randn(1, 128, 48, 48, 48, dtype=dtype).to(memory_format=torch.channels_last_3d)
    work = 2 * 128 * 128 * 27 * 48**3 / 1e9
    with torch.inference_mode():
        convolution(given)
        seconds = []
        for _ in range(8):
            started = time.process_time()
            convolution(given)
            seconds.append(time.process_time() - started)
    return round(gflops(work, min(seconds)))


def gflops(gflop: float, busy_seconds: float) -> float:
    """While all processors work; what else the machine does is not in it."""
    return gflop / busy_seconds * torch.get_num_threads()


def arithmetic(way: str) -> str:
    """In which of them a way computes most."""
    return "bfloat16" if "bf" in way else "float32"
