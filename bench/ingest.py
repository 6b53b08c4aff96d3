"""What the plugin costs Orthanc while images arrive, and how soon it has asked for an analysis.

Two Orthancs of one configuration, one of them without the plugin, take the same images in turns,
by C-STORE and by REST. Series count as stable after a second, so that all that the plugin does
for them (reading headers, tags, events to a Django that answers at once) falls into the arrival
of others. Each way bears its own: some images come first, untimed, so that while so many are timed
as many are tagged, and between the ways everything comes to rest. That Django is a process of its
own: in this one it would hold up the client that stores by REST, with the plugin only. Every
Orthanc starts empty.
"""

from __future__ import annotations

import http.client
import re
import shutil
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from integration.orthanc_server import OrthancServer
from integration.sending import AT_ONCE, c_store

from bench.django_process import django_that_answers
from bench.ingest_images import write_images
from bench.stable_to_request import seconds_from_stable_to_request

BEFORE = 1_000  # images that come first: as many as arrive until the first series is tagged
SECONDS_TO_REST = 3.0  # a series is stable after one, and its tags are there soon after
SMALLEST_RATIO = 0.95
MOST_SECONDS_TO_REQUEST = 0.5


@dataclass(frozen=True)
class Images:
    """Files to store in a turn; others for each way, or the second way's would be known."""

    before: Path
    timed: Path


@dataclass(frozen=True)
class Ways:
    """What comes by each way."""

    by_c_store: Images
    by_rest: Images


@dataclass(frozen=True)
class Seconds:
    """How long one Orthanc took to store them."""

    c_store: float
    rest: float


def run(quick: bool) -> Mapping[str, object]:  # noqa: FBT001 - every benchmark is called so
    """Throughput with the plugin as a share of that without it, and seconds to the request."""
    count, pairs, rounds = (500, 3, 5) if quick else (2_000, 10, 20)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ways = Ways(_written(folder / "c-store", count), _written(folder / "rest", count))
        with django_that_answers() as django_url:
            measured = [_pair(folder / str(turn), turn, ways, django_url) for turn in range(pairs)]
        to_request = seconds_from_stable_to_request(folder / "requests", rounds)
    c_store_ratio = median(without.c_store / plugin.c_store for plugin, without in measured)
    rest_ratio = median(without.rest / plugin.rest for plugin, without in measured)
    ratio = min(c_store_ratio, rest_ratio)
    return {
        "instances": count,
        "pairs": pairs,
        "c_store_ratio": round(c_store_ratio, 3),
        "rest_ratio": round(rest_ratio, 3),
        "c_store_per_second": round(count / median(plugin.c_store for plugin, _ in measured)),
        "rest_per_second": round(count / median(plugin.rest for plugin, _ in measured)),
        "stable_to_request_seconds": round(median(to_request), 3),
        "slowest_to_request_seconds": round(max(to_request), 3),
        "against": "the same Orthanc without the plugin, in turns, same run",
        "ratio": round(ratio, 3),
        "ok": ratio >= SMALLEST_RATIO and median(to_request) <= MOST_SECONDS_TO_REQUEST,
    }


def _written(folder: Path, count: int) -> Images:
    images = Images(folder / "before", folder / "timed")
    write_images(images.before, BEFORE)
    write_images(images.timed, count)
    return images


def _pair(folder: Path, turn: int, ways: Ways, django_url: str) -> tuple[Seconds, Seconds]:
    """With the plugin and without; which is first changes with each turn."""
    plugin = OrthancServer(folder / "plugin", django_url=django_url, environment=AT_ONCE)
    without = replace(plugin, folder=folder / "without", with_plugin=False)
    order = (plugin, without) if turn % 2 == 0 else (without, plugin)
    seconds = {id(orthanc): _seconds_to_store(orthanc, ways) for orthanc in order}
    return seconds[id(plugin)], seconds[id(without)]


def _seconds_to_store(orthanc: OrthancServer, ways: Ways) -> Seconds:
    with orthanc:
        seconds = Seconds(
            c_store=_seconds(
                lambda files: c_store([files], port=orthanc.dicom_port), ways.by_c_store
            ),
            rest=_seconds(lambda files: _post_all(orthanc, files), ways.by_rest),
        )
        if orthanc.with_plugin:
            _require_tags(orthanc)
    shutil.rmtree(orthanc.folder)  # nearly a gigabyte
    return seconds


def _seconds(store: Callable[[Path], None], images: Images) -> float:
    """Of the timed images; what they leave to do is done when this returns."""
    store(images.before)
    started_at = time.perf_counter()
    store(images.timed)
    seconds = time.perf_counter() - started_at
    time.sleep(SECONDS_TO_REST)
    return seconds


def _require_tags(orthanc: OrthancServer) -> None:
    """A plugin that did not do its work would be no matter for a ratio."""
    metrics = orthanc.call("GET", "/tools/metrics-prometheus").text
    [tagged] = re.findall(r"^segrelay_tagged_series (\S+)", metrics, re.MULTILINE)
    if float(tagged) != len(orthanc.get("/series")):
        raise RuntimeError(f"the plugin tagged {tagged} series only")


def _post_all(orthanc: OrthancServer, folder: Path) -> None:
    """Over one kept connection, by the leanest client there is: its own time dilutes the ratio."""
    account = b64encode(":".join(orthanc.admin).encode()).decode()
    headers = {"Authorization": f"Basic {account}", "Content-Type": "application/dicom"}
    with closing(http.client.HTTPConnection("127.0.0.1", orthanc.http_port)) as connection:
        for file in sorted(folder.iterdir()):
            connection.request("POST", "/instances", file.read_bytes(), headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != http.HTTPStatus.OK:
                raise RuntimeError(f"an image was not stored: {answer.status}")
