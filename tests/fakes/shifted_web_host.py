"""The web host on a machine whose clock is wrong; what uvicorn serves instead of the real one."""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta
from unittest import mock

from django.utils import timezone

_shift_seconds = float(os.environ["CLOCK_SHIFT_SECONDS"])
_true_now, _true_time = timezone.now, time.time


def _now() -> datetime:
    return _true_now() + timedelta(seconds=_shift_seconds)


def _time() -> float:  # what the header Date of answers is made from
    return _true_time() + _shift_seconds


mock.patch("django.utils.timezone.now", new=_now).start()
mock.patch("time.time", new=_time).start()

from segrelay_api.asgi import application  # noqa: E402, F401 - it is to find the wrong clock
