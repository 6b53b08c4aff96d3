from __future__ import annotations

import resource
from collections.abc import Iterator

_KIB_PER_GIB = 1024**2
_BYTES_PER_GIB = 1024**3


def peak_memory_lines(device: str) -> Iterator[str]:
    """The most that this process has held so far, on the machine and on its GPU."""
    kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield f"최대 메모리 (peak memory): {kib / _KIB_PER_GIB:.2f} GiB"
    if device.startswith("cuda"):
        import torch  # noqa: PLC0415 - it is loaded already where this is asked

        peak = torch.cuda.max_memory_allocated(device)
        yield f"최대 GPU 메모리 (peak GPU memory): {peak / _BYTES_PER_GIB:.2f} GiB"
