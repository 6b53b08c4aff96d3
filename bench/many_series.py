"""The Orthanc of two benchmarks: many series of one small image, and the plugin's work on them."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from builders.minimal_mr import as_bytes, mr_series
from fakes.loopback_server import HttpCall, HttpReply, LoopbackServer
from integration.orthanc_server import OrthancServer
from integration.polling import until
from pydicom import Dataset

IN_A_ZIP = 500
LONGEST_SECONDS = 900.0  # then something is wrong
RULE = """
[[rules]]
name = "some series"

[rules.when]
SeriesInstanceUID = '^({uids})$'
"""


@dataclass
class ManySeries:
    """An archive whose plugin tells us of what it tags, and when it did."""

    orthanc: OrthancServer
    series_ids: list[str]  # in the order in which the plugin looks at them, which is Orthanc's
    told_at: dict[str, float]  # by series, by this machine's steady clock

    def start_with_plugin(self) -> None:
        """Returns when each series was judged once."""
        first, last = self._set_ends_aside()
        self.orthanc.with_plugin, self.orthanc.rules = True, self._rules_for(first, last)
        self.orthanc.restart()
        self._seconds_between(first, last)

    def judging_seconds(self) -> float:
        """For each series: from the first to the last of those judged by new rules."""
        first, last = self._set_ends_aside()
        self._put(self._rules_for(first, last))
        return self._seconds_between(first, last) / (len(self.series_ids) + 1)

    def tagging_seconds(self) -> float:
        """For each series, when all match: tagged, noted in the outbox and told."""
        self._put(RULE.format(uids=".*"))
        seconds = self._seconds_between(self.series_ids[0], self.series_ids[-1])
        return seconds / (len(self.series_ids) - 1)

    def listing_seconds(self, page: int = 1_000) -> float:
        """For each series, to read the list of candidates to its end."""
        started_at, since, found = time.perf_counter(), 0, 0
        while since is not None:
            answer = self.orthanc.get(f"/segrelay/candidates?since={since}&limit={page}")
            found, since = found + len(answer["candidates"]), answer["next"]
        if found != len(self.told_at):
            raise RuntimeError(f"{found} of {len(self.told_at)} candidates are listed")
        return (time.perf_counter() - started_at) / found

    def store_others(self, count: int) -> None:
        """So many images more, of series that are no candidates."""
        for _ in range(0, count, IN_A_ZIP):
            images = mr_series(slices=IN_A_ZIP)
            for image in images:
                image.Modality = "CT"
            _store(self.orthanc, images)

    def _set_ends_aside(self) -> tuple[str, str]:
        """The first and the last: only they match, and what carries tags is not judged again."""
        return self.series_ids.pop(0), self.series_ids.pop()

    def _rules_for(self, first: str, last: str) -> str:
        return RULE.format(uids=f"{self._uid(first)}|{self._uid(last)}")

    def _put(self, rules: str) -> None:
        (self.orthanc.folder / "segrelay-rules.toml").write_text(rules)

    def _seconds_between(self, first: str, last: str) -> float:
        until(lambda: last in self.told_at, what="the last is told", seconds=LONGEST_SECONDS)
        return self.told_at[last] - self.told_at[first]

    def _uid(self, series_id: str) -> str:
        uid: str = self.orthanc.get(f"/series/{series_id}")["MainDicomTags"]["SeriesInstanceUID"]
        return uid.replace(".", r"\.")


@contextmanager
def many_series(new_orthanc: type[OrthancServer], folder: Path, count: int) -> Iterator[ManySeries]:
    """So many, stored while there was no plugin and judged once since; none is tagged yet."""
    told_at: dict[str, float] = {}

    def take(call: HttpCall) -> HttpReply:
        if call.path.endswith("orthanc-events/"):
            told_at.setdefault(json.loads(call.body)["series_id"], time.perf_counter())
        return HttpReply(content=b'{"success": true}')

    with LoopbackServer(take) as django:
        orthanc = new_orthanc(
            folder / "orthanc",
            django_url=f"{django.url}/api/mri/segmentation/",
            with_plugin=False,
        )
        with orthanc:
            for first in range(0, count, IN_A_ZIP):
                series = range(first, min(first + IN_A_ZIP, count))
                _store(orthanc, [mr_series(slices=1)[0] for _ in series])
            found = ManySeries(orthanc, orthanc.get("/series"), told_at)
            found.start_with_plugin()
            yield found


def medians_in_turns(
    one: ManySeries, other: ManySeries, rounds: int, seconds: Callable[[ManySeries], float]
) -> tuple[float, float]:
    """Of each of two archives, asked in turns."""
    measured = [(seconds(one), seconds(other)) for _ in range(rounds)]
    return median(first for first, _ in measured), median(second for _, second in measured)


def _store(orthanc: OrthancServer, images: Sequence[Dataset]) -> None:
    content = _zip([as_bytes(image) for image in images])
    orthanc.call("POST", "/instances", data=content, timeout=300).raise_for_status()


def _zip(contents: Sequence[bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, content in enumerate(contents):
            archive.writestr(f"{number}.dcm", content)
    return packed.getvalue()
