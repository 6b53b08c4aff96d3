"""The headers of the corpus as Orthanc tells them: a press must judge as the worker will."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders.corpus.refused import REFUSED
from builders.corpus.understood import SEVERAL, UNDERSTOOD
from integration.corpus_in_orthanc import Case, send_case
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


def _rule(case: Case) -> VolumeRule:
    choices = {Attribute(name): choice for name, choice in case.volume_rule.items()}
    return VolumeRule(choices, case.interpolate)


async def _found(
    case: Case, archive: OrthancServer, client: OrthancClient, stored: list[str], folder: Path
) -> FoundSeries:
    [series_id] = send_case(case, archive, folder)
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
