"""The headers of the corpus as Orthanc tells them: a press must judge as the worker will."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders.corpus.case import Refused, Understood, write_case
from builders.corpus.refused import REFUSED
from builders.corpus.understood import SEVERAL, UNDERSTOOD
from builders.mr_series import SeriesPlan
from integration.orthanc_server import OrthancServer

from segrelay_api.archive.orthanc_client import OrthancClient
from segrelay_api.archive.preflight import FoundSeries, find_series
from segrelay_contract.series_rules.attributes import Attribute
from segrelay_contract.series_rules.verdict import judge_series
from segrelay_contract.series_rules.volumes import VolumeRule

# Those whose headers take other forms in Orthanc's answer than in the files.
LET_PASS = [
    *SEVERAL,
    "images without numbers",
    "the later of repeats that only time tells apart",
    "a missing slice that the model lets be interpolated",
    "Enhanced MR, oblique",
    "one of two stacks",
    "one of two echoes in frames",
    "a mosaic, oblique",
    "the first of two mosaics",
]
REFUSED_AT_ONCE = [
    "a localizer, as its scanner says",
    "directions that are none",
    "an image without a position",
    "missing frames",
    "two stacks and no rule",
    "two echoes and no rule",
    "an echo that is not there",
    "frames that do not say where they lie",
]
# Other tests send the same phantom to the Orthanc that all share.
COMMON_ROOT, OWN_ROOT = SeriesPlan().uid_root.encode(), b"2.25.27182818284"

Case = Understood | Refused


@pytest.fixture
def stored(archive: OrthancServer) -> Iterator[list[str]]:
    """Ids of series to be deleted afterwards, so that the next may have their UIDs."""
    series_ids: list[str] = []
    yield series_ids
    for series_id in series_ids:
        archive.call("DELETE", f"/series/{series_id}").raise_for_status()


def _send(case: Case, archive: OrthancServer, folder: Path) -> str:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for path in write_case(case, folder):
            file.writestr(path.name, path.read_bytes().replace(COMMON_ROOT, OWN_ROOT))
    answer = archive.call("POST", "/instances", data=packed.getvalue())
    answer.raise_for_status()
    [series_id] = {instance["ParentSeries"] for instance in answer.json()}
    return str(series_id)


def _rule(case: Case) -> VolumeRule:
    choices = {Attribute(name): choice for name, choice in case.volume_rule.items()}
    return VolumeRule(choices, case.interpolate)


async def _found(
    case: Case, archive: OrthancServer, client: OrthancClient, stored: list[str], folder: Path
) -> FoundSeries:
    series_id = _send(case, archive, folder)
    stored.append(series_id)
    return await find_series(client, series_id)


@pytest.mark.parametrize("name", LET_PASS)
async def test_what_the_worker_understands_is_let_pass(
    name: str, archive: OrthancServer, client: OrthancClient, stored: list[str], tmp_path: Path
) -> None:
    case = UNDERSTOOD[name]
    found = await _found(case, archive, client, stored, tmp_path)
    verdict = judge_series(found.headers, _rule(case))
    assert verdict.reasons == ()
    is_mosaic = found.headers[verdict.indices[0]].is_mosaic
    slices = 1 if is_mosaic else case.plan.shape_zyx[0] - (verdict.missing_after is not None)
    assert len(verdict.indices) == slices


@pytest.mark.parametrize("name", REFUSED_AT_ONCE)
async def test_what_the_worker_refuses_by_its_headers_is_refused_at_once(
    name: str, archive: OrthancServer, client: OrthancClient, stored: list[str], tmp_path: Path
) -> None:
    case = REFUSED[name]
    found = await _found(case, archive, client, stored, tmp_path)
    reason = judge_series(found.headers, _rule(case)).reasons[0]
    assert reason.code is case.code
    assert reason.parameters.items() >= case.parameters.items()
