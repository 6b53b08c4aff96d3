"""What an error that nobody foresaw says about its cause."""

from __future__ import annotations

import errno
import os

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import BlockedError, TransientError, WorkerError
from segrelay_worker.logs import where

# What the operating system refuses to whatever request comes next.
_MACHINE_FAULTS = frozenset(
    {
        errno.EACCES,
        errno.EDQUOT,
        errno.EIO,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOMEM,
        errno.ENOSPC,
        errno.EPERM,
        errno.EROFS,
    }
)


def unforeseen(error: Exception) -> WorkerError:
    """The machine's own fault, or a mistake of ours; the message may quote a header and stays here.

    Decoders raise OSError without a number for damaged images: that is no fault of the machine.
    """
    if isinstance(error, MemoryError):
        return TransientError(ErrorCode.OUT_OF_MEMORY, {"device": "cpu"}, detail=where(error))
    if isinstance(error, OSError) and error.errno in _MACHINE_FAULTS:
        detail = f"{os.strerror(error.errno)}; look at disk and limits of this machine"
        return BlockedError(ErrorCode.INTERNAL_ERROR, detail=f"{detail}: {where(error)}")
    return TransientError(ErrorCode.INTERNAL_ERROR, detail=where(error))
