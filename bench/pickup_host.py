"""The web host of `pickup`: writes down when each request was committed. uvicorn serves it."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from unittest import mock

from segrelay_api.asgi import application
from segrelay_api.queue.wakeups.delivery import deliver
from segrelay_api.queue.wakeups.happening import CREATE, Happening

__all__ = ["application"]

_file = Path(os.environ["COMMITS_FILE"]).open("a", encoding="utf-8", buffering=1)  # noqa: SIM115 - as long as the process


def _write_down_and_deliver(happenings: Sequence[Happening]) -> None:
    """Django calls it right after the commit, in the same thread."""
    committed_at = time.time()
    for happening in happenings:
        if happening.kind == CREATE:
            print(happening.request_id, committed_at, file=_file)
    deliver(happenings)


mock.patch("segrelay_api.queue.wakeups.announcing.deliver", new=_write_down_and_deliver).start()
