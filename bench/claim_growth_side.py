"""The process of `claim_growth` that works on one table: a line in, the seconds of a round out."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

import django
from django.core.management import call_command

PENDING = 1_000


def main(finished: int) -> None:
    """Rounds until the input ends."""
    django.setup()
    call_command("migrate", verbosity=0)
    from bench.many_requests import add_finished, add_pending, analyze  # noqa: PLC0415 - after set-up

    add_finished(finished, now=datetime.now(UTC))
    add_pending(PENDING, now=datetime.now(UTC))
    analyze()
    calls = _calls()
    for call in calls.values():
        call()  # connects, and fills what is cached
    for _ in sys.stdin:
        print(json.dumps({name: _seconds(call) for name, call in calls.items()}), flush=True)


def _calls() -> dict[str, Callable[[], object]]:
    from builders.claims import claim_next  # noqa: PLC0415 - likewise
    from builders.queue_payloads import claimer  # noqa: PLC0415 - Django must be set up first

    from segrelay_api.queue import selectors, transitions  # noqa: PLC0415 - likewise
    from segrelay_api.queue.models import SegmentationRequest  # noqa: PLC0415 - likewise
    from segrelay_api.queue.selectors import RequestFilter  # noqa: PLC0415 - likewise

    last = SegmentationRequest.objects.pending().order_by("-due_at")[0].pk
    held = []

    def claim() -> None:
        now = datetime.now(UTC)
        held.append(claim_next(claimer=claimer(), lease_seconds=3600.0, now=now))

    def give_back() -> None:
        """So that each round finds the same queue."""
        request = held.pop()
        if request is None:
            raise RuntimeError("nothing was pending")
        transitions.release(
            request_id=request.pk, worker="lab1", token=request.lease_token, now=datetime.now(UTC)
        )

    def first_page() -> None:
        now = datetime.now(UTC)
        selectors.list_requests(only=RequestFilter(), offset=0, limit=50, now=now)

    def position_and_eta() -> None:
        selectors.view_request(request_id=last, now=datetime.now(UTC))

    return {
        "claim": claim,
        "release": give_back,
        "first_page": first_page,
        "position_and_eta": position_and_eta,
    }


def _seconds(call: Callable[[], object]) -> float:
    started_at = time.perf_counter()
    call()
    return time.perf_counter() - started_at


if __name__ == "__main__":
    main(int(sys.argv[1]))
