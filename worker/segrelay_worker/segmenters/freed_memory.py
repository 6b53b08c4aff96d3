from __future__ import annotations

import gc
import sys


def free_memory() -> None:
    """Give back what nobody uses any more; a device's memory may be others' to use as well."""
    gc.collect()  # what was raised, and networks, hold themselves in circles
    torch = sys.modules.get("torch")  # formats that do without it never load it
    if torch is not None:
        torch.cuda.empty_cache()  # does nothing where there is no GPU
