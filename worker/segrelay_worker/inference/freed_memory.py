from __future__ import annotations

import gc
import sys


def free_memory() -> None:
    """Let nothing of a request stay behind; a device's memory may be others' to use as well."""
    gc.collect()  # what was raised, and networks, hold themselves in circles
    torch = sys.modules.get("torch")  # formats that do without it never load it
    if torch is not None:
        torch.cuda.empty_cache()
