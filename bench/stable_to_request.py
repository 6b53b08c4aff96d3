"""How soon a rule's request stands in Django's database after its series was stable in Orthanc.

Orthanc tells the second of a stable series, not more. So the clock starts when a look at the
series last found it unstable, which is at most one look before the event.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

from builders.minimal_mr import mr_series
from integration.django_server import PLUGIN_TOKEN, DjangoServer
from integration.orthanc_server import OrthancServer
from integration.polling import until
from integration.sending import send_by_rest
from integration.system import django_for

PAUSE_SECONDS = 0.002  # between two looks
LONGEST_SECONDS = 30.0  # then something is wrong
SLICES = 100
RULES = """
[[rules]]
name = "every MR series"
candidate_models = ["stub-bright"]
request_now = true
"""


def seconds_from_stable_to_request(
    new_orthanc: type[OrthancServer], folder: Path, rounds: int
) -> list[float]:
    """Of each of these series, which arrive one after the other."""
    orthanc = new_orthanc(folder / "orthanc", plugin_token=PLUGIN_TOKEN, rules=RULES)
    django = django_for(orthanc, folder / "django")
    orthanc.django_url = django.api_url
    with orthanc, django:
        return [_seconds(orthanc, django) for _ in range(rounds)]


def _seconds(orthanc: OrthancServer, django: DjangoServer) -> float:
    series_id = send_by_rest(orthanc, mr_series(slices=SLICES))
    last_unstable = _last_unstable(orthanc, series_id)
    return _requested_at(django, series_id) - last_unstable


def _last_unstable(orthanc: OrthancServer, series_id: str) -> float:
    """Seconds since 1970."""
    over_at = time.monotonic() + LONGEST_SECONDS
    asked_at = time.time()
    while not orthanc.get(f"/series/{series_id}")["IsStable"]:
        unstable_at = asked_at
        if time.monotonic() > over_at:
            raise RuntimeError("the series is never stable")
        time.sleep(PAUSE_SECONDS)
        asked_at = time.time()
    return unstable_at


def _requested_at(django: DjangoServer, series_id: str) -> float:
    query = "SELECT created_at FROM queue_segmentationrequest WHERE series_id = ?"
    row = until(lambda: django.row(query, series_id), what="the series is requested")
    if row is None:
        raise RuntimeError("`until` gives what is there")
    return datetime.fromisoformat(row[0]).replace(tzinfo=UTC).timestamp()
