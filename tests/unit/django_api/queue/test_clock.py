from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from segrelay_api.queue import clock

pytestmark = pytest.mark.django_db

MINUTES = timedelta(minutes=5)
ABOUT = timedelta(minutes=1)  # more than a test takes


@pytest.fixture
def wrong_by() -> Iterator[timedelta]:
    """This machine's clock is set forward, which only another machine's database can tell."""
    true_now = timezone.now
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "now", lambda: true_now() + MINUTES)
        yield MINUTES if connection.vendor == "postgresql" else timedelta()
    clock.compare()


def test_a_machine_whose_clock_is_wrong_goes_by_the_databases(wrong_by: timedelta) -> None:
    clock.compare()
    assert abs(timezone.now() - wrong_by - clock.now()) < ABOUT


@pytest.mark.usefixtures("wrong_by")
def test_a_moment_is_told_by_the_clock_that_dates_the_answer() -> None:
    clock.compare()
    assert abs(clock.on_this_machine(clock.now()) - timezone.now()) < ABOUT
