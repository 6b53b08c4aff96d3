from __future__ import annotations

import time

import pytest

from segrelay_worker.transfer.lease_term import lease_clock


def test_leases_run_on_while_the_machine_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    with_sleep = {time.CLOCK_BOOTTIME: 7.0}
    monkeypatch.setattr(time, "clock_gettime", with_sleep.__getitem__)
    assert lease_clock() == 7.0
