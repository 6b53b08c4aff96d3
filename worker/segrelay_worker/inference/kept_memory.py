from __future__ import annotations

import ctypes
from typing import Final

# malloc.h of glibc
_TRIM_THRESHOLD: Final = -1
_MMAP_MAX: Final = -4
_LARGEST_INT: Final = 2**31 - 1


def give_back_kept_memory() -> None:
    """After a request that took all there was: no other one may ever need as much."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def keep_freed_memory() -> None:
    """What this process frees stays with it, for the next layer of the network.

    As it comes, glibc hands each block of a feature map's size back to the kernel, and the next
    layer gets it anew, page by page, filled with zeros.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:  # another C library than glibc
        return
    mallopt(_MMAP_MAX, 0)
    mallopt(_TRIM_THRESHOLD, _LARGEST_INT)
