"""What the plugin costs Orthanc while images arrive, and how soon it has asked for an analysis.

Two Orthancs of one configuration, one of them without the plugin, take the same images by C-STORE
and by REST. A disk that others use too is faster now and slower then: so they take turns of a few
seconds, and in the order first, second, second, first, from which a steady drift falls out.

Series count as stable after a second, so that all that the plugin does for them (reading headers,
tags, events to a Django that answers at once) falls into the arrival of others. Each way bears its
own: some images come first, untimed, so that while so many are timed as many are tagged, and
between the turns everything comes to rest. That Django is a process of its own: in this one it
would hold up the client that stores by REST, with the plugin only.
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

AT_A_TIME = 1_000  # images: as many as arrive until the first series is tagged
SECONDS_TO_REST = 3.5  # Orthanc looks each second which series have been still for one
SMALLEST_RATIO = 0.95
MOST_SECONDS_TO_REQUEST = 0.5

Store = Callable[[OrthancServer, Path], None]


@dataclass(frozen=True)
class Images:
    """Files for one turn of an Orthanc, which it does not know yet."""

    before: Path
    timed: Path


@dataclass(frozen=True)
class Ways:
    """What each Orthanc is given, in its two turns by each way."""

    by_c_store: tuple[Images, Images]
    by_rest: tuple[Images, Images]


@dataclass(frozen=True)
class Seconds:
    """How long one Orthanc took to store what is timed."""

    c_store: float
    rest: float


def run(quick: bool) -> Mapping[str, object]:  # noqa: FBT001 - every benchmark is called so
    """With the Orthanc of this machine."""
    return measure(OrthancServer, quick=quick)


def measure(new_orthanc: type[OrthancServer], *, quick: bool) -> Mapping[str, object]:
    """Throughput with the plugin as a share of that without it, and seconds to the request."""
    pairs, rounds = (2, 5) if quick else (10, 20)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ways = Ways(_written(folder / "c-store"), _written(folder / "rest"))
        with django_that_answers() as django_url:
            orthanc = new_orthanc(folder / "pairs", django_url=django_url, environment=AT_ONCE)
            measured = [_pair(orthanc, turn, ways) for turn in range(pairs)]
        to_request = seconds_from_stable_to_request(new_orthanc, folder / "requests", rounds)
    c_store_ratio = median(without.c_store / plugin.c_store for plugin, without in measured)
    rest_ratio = median(without.rest / plugin.rest for plugin, without in measured)
    ratio = min(c_store_ratio, rest_ratio)
    return {
        "instances": 2 * AT_A_TIME,
        "pairs": pairs,
        "c_store_ratio": round(c_store_ratio, 3),
        "rest_ratio": round(rest_ratio, 3),
        "c_store_per_second": round(
            2 * AT_A_TIME / median(plugin.c_store for plugin, _ in measured)
        ),
        "rest_per_second": round(2 * AT_A_TIME / median(plugin.rest for plugin, _ in measured)),
        "stable_to_request_seconds": round(median(to_request), 3),
        "slowest_to_request_seconds": round(max(to_request), 3),
        "against": "the same Orthanc without the plugin, in turns, same run",
        "ratio": round(ratio, 3),
        "ok": ratio >= SMALLEST_RATIO and median(to_request) <= MOST_SECONDS_TO_REQUEST,
    }


def _written(folder: Path) -> tuple[Images, Images]:
    turns = [Images(folder / turn / "before", folder / turn / "timed") for turn in ("1", "2")]
    for images in turns:
        write_images(images.before, AT_A_TIME)
        write_images(images.timed, AT_A_TIME)
    return turns[0], turns[1]


def _pair(orthanc: OrthancServer, number: int, ways: Ways) -> tuple[Seconds, Seconds]:
    """With the plugin and without; which is first changes with each pair."""
    folder = orthanc.folder / str(number)
    plugin = replace(orthanc, folder=folder / "with")
    without = replace(orthanc, folder=folder / "without", with_plugin=False)
    first, second = (plugin, without) if number % 2 == 0 else (without, plugin)
    with first, second:
        c_store = _in_turns(first, second, _c_store_all, ways.by_c_store)
        rest = _in_turns(first, second, _post_all, ways.by_rest)
        _require_tags(plugin)
    shutil.rmtree(folder)  # two gigabytes
    seconds = [Seconds(*both) for both in zip(c_store, rest, strict=True)]
    return (seconds[0], seconds[1]) if first is plugin else (seconds[1], seconds[0])


def _in_turns(
    first: OrthancServer, second: OrthancServer, store: Store, turns: tuple[Images, Images]
) -> tuple[float, float]:
    """Seconds that the first and the second took for all."""
    begin, end = turns
    first_seconds = _seconds(first, store, begin)
    second_seconds = _seconds(second, store, begin) + _seconds(second, store, end)
    return first_seconds + _seconds(first, store, end), second_seconds


def _seconds(orthanc: OrthancServer, store: Store, images: Images) -> float:
    """Of the timed images; what they leave to do is done when this returns."""
    store(orthanc, images.before)
    started_at = time.perf_counter()
    store(orthanc, images.timed)
    seconds = time.perf_counter() - started_at
    time.sleep(SECONDS_TO_REST)
    return seconds


def _require_tags(orthanc: OrthancServer) -> None:
    """A plugin that did not do its work would be no matter for a ratio."""
    metrics = orthanc.call("GET", "/tools/metrics-prometheus").text
    [tagged] = re.findall(r"^segrelay_tagged_series (\S+)", metrics, re.MULTILINE)
    if float(tagged) != len(orthanc.get("/series")):
        raise RuntimeError(f"the plugin tagged {tagged} series only")


def _c_store_all(orthanc: OrthancServer, folder: Path) -> None:
    c_store([folder], port=orthanc.dicom_port)


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
