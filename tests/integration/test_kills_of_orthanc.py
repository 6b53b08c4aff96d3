"""What comes of series that arrive while Orthanc dies, over and over."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from builders.minimal_mr import mr_series
from integration.conftest import AnOrthanc
from integration.django_server import PLUGIN_TOKEN
from integration.orthanc_server import OrthancServer
from integration.polling import until
from integration.scanner import send_until_acknowledged
from integration.sending import SendBy, send_by_c_store, send_by_rest
from integration.system import System, django_for

pytestmark = pytest.mark.long

KILLS = 10
SERIES_BETWEEN_KILLS = 5  # of each way
LATEST_KILL_SECONDS = 3.0  # after the start that came before it
# Longer than Orthanc needs to start, so that no series that is still being sent counts as whole.
STABLE_AGE_SECONDS = 15
LABELS = ["segrelay-candidate", "segrelay-pending"]
EVERY_SERIES = """
[[rules]]
name = "every MR series"
candidate_models = ["stub-bright"]
request_now = true

[rules.when]
images = { min = 2 }
"""


@pytest.fixture
def system(new_orthanc: AnOrthanc, tmp_path: Path) -> Iterator[System]:
    orthanc = new_orthanc(
        tmp_path / "orthanc",
        plugin_token=PLUGIN_TOKEN,
        rules=EVERY_SERIES,
        overrides={"StableAge": STABLE_AGE_SECONDS},
    )
    django = django_for(orthanc, tmp_path / "django")
    orthanc.django_url = django.api_url
    with orthanc, django:
        yield System(tmp_path, orthanc, django)


def test_each_series_is_tagged_once_and_requested_once_although_orthanc_is_killed_ten_times(
    system: System,
) -> None:
    seed = random.randrange(2**32)  # noqa: S311 - a test's order, no secret
    print(f"seed of the kills: {seed}")  # noqa: T201 - told when the test fails
    counts = _send_while_it_dies(system.archive, random.Random(seed))  # noqa: S311 - likewise
    assert len(counts) == 2 * KILLS * SERIES_BETWEEN_KILLS
    _wait_until_all_is_told(system, counts)
    system.archive.restart()
    last_id = send_by_rest(system.archive, mr_series())
    _wait_until_all_is_told(system, {**counts, last_id: 3})
    for series_id, images in counts.items():
        assert _requests(system, series_id) == 1
        _check_tags(system.archive, series_id, images)


def _send_while_it_dies(orthanc: OrthancServer, chance: random.Random) -> dict[str, int]:
    """How many images each series has that was sent."""
    counts: dict[str, int] = {}
    with ThreadPoolExecutor(2) as scanners:
        for _ in range(KILLS):
            portions = [
                scanners.submit(_send_portion, orthanc, way, chance.getrandbits(32))
                for way in (send_by_c_store, send_by_rest)
            ]
            time.sleep(chance.uniform(0.0, LATEST_KILL_SECONDS))
            orthanc.kill()
            orthanc.start()
            for portion in portions:
                counts |= portion.result()
    return counts


def _send_portion(orthanc: OrthancServer, way: SendBy, seed: int) -> dict[str, int]:
    chance = random.Random(seed)  # noqa: S311 - as above
    counts = [chance.randint(3, 5) for _ in range(SERIES_BETWEEN_KILLS)]
    return {
        send_until_acknowledged(way, orthanc, mr_series(slices=count)): count for count in counts
    }


def _wait_until_all_is_told(system: System, counts: dict[str, int]) -> None:
    def requested() -> bool:
        return all(_requests(system, series_id) for series_id in counts)

    until(requested, what="every series is requested", seconds=180)
    until(lambda: system.archive.get("/segrelay/health")["outbox"] == 0, what="all is told")


def _requests(system: System, series_id: str) -> int:
    query = "SELECT count(*) FROM queue_segmentationrequest WHERE series_id = ?"
    row = system.django.row(query, series_id)
    assert row is not None
    return int(row[0])


def _check_tags(orthanc: OrthancServer, series_id: str, images: int) -> None:
    report = orthanc.get(f"/segrelay/series/{series_id}")
    assert (report["candidate"], report["instance_count"]) == (True, images)
    metadata = orthanc.get(f"/series/{series_id}/metadata?expand")
    assert metadata["SegrelayInstanceCount"] == str(images)
    if orthanc.get("/system").get("HasLabels", False):
        until(lambda: orthanc.get(f"/series/{series_id}/labels") == LABELS, what="labels are there")
