"""A machine whose clock is wrong, for one process."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from unittest import mock

READERS = (
    "segrelay_worker.transfer.queue_client.datetime",
    "segrelay_worker.inference.process.datetime",
)

_true_time = time.time


@dataclass(frozen=True)
class _Shifted:
    seconds: float

    def __call__(self) -> float:
        return _true_time() + self.seconds


def shift_clock(seconds: float) -> None:
    """From now on everything in this process that reads the wall clock is so far off."""

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override] # plain ones
            return datetime.now(tz) + timedelta(seconds=seconds)

    for name in READERS:
        mock.patch(name, Shifted).start()
    mock.patch("time.time", new=_Shifted(seconds)).start()
