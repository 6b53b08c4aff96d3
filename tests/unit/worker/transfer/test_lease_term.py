from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from segrelay_contract.leases import Lease
from segrelay_worker.transfer.lease_term import LONGEST_SILENCE_SECONDS, held_lease, lease_clock


def test_leases_run_on_while_the_machine_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    with_sleep = {time.CLOCK_BOOTTIME: 7.0}
    monkeypatch.setattr(time, "clock_gettime", with_sleep.__getitem__)
    assert lease_clock() == 7.0


def test_a_long_lease_is_renewed_often_enough_to_hear_of_a_cancel() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    ends_at = now + timedelta(seconds=120)
    lease = Lease(token="lease", attempt=1, expires_at=ends_at, renew_every_seconds=30.0)
    held = held_lease(lease, server_now=now, asked_at=7.0)
    assert (held.ends_at, held.renew_every_seconds) == (127.0, LONGEST_SILENCE_SECONDS)
