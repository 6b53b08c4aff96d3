from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from builders.minimal_mr import as_bytes, mr_series
from builders.real_files import every_file, package_folder
from fakes.django_server import FakeDjango
from integration.conftest import AnOrthanc
from integration.orthanc_server import OrthancServer
from integration.polling import until
from integration.sending import send_by_rest

from segrelay_plugin.dicom_file.reading import read_header
from segrelay_plugin.rules.keywords import SEQUENCE, identifying_keywords, known_keywords

T2 = """
[[rules]]
name = "T2"
when.SeriesDescription = 't2'
"""
ANY_VOLUME = """
[[rules]]
name = "any axial volume"
role = "t1"
priority = "urgent"
when = { plane = "axial", dimension = "3D", images = { min = 2 } }
"""
WRONG = ANY_VOLUME.replace("images", "not.EchoTme = 1, images")


@pytest.fixture(scope="module")
def django() -> Iterator[FakeDjango]:
    with FakeDjango() as fake:
        yield fake


@pytest.fixture
def orthanc(tmp_path: Path, django: FakeDjango, new_orthanc: AnOrthanc) -> Iterator[OrthancServer]:
    django.reset()
    with new_orthanc(tmp_path / "orthanc", django_url=django.url, rules=T2) as server:
        yield server


def write_rules(orthanc: OrthancServer, text: str) -> None:
    (orthanc.folder / "segrelay-rules.toml").write_text(text)


def rules_in(orthanc: OrthancServer) -> dict[str, Any]:
    rules: dict[str, Any] = orthanc.get("/segrelay/health")["rules"]
    return rules


def send(orthanc: OrthancServer, *, description: str = "T1 MPRAGE") -> str:
    return send_by_rest(orthanc, mr_series(description=description))


def report(orthanc: OrthancServer, series_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = orthanc.get(f"/segrelay/series/{series_id}")
    return answer


def dry_run(orthanc: OrthancServer, body: object, language: str = "en") -> dict[str, Any]:
    headers = {"Accept-Language": language}
    response = orthanc.call("POST", "/segrelay/rules/test", json=body, headers=headers)
    response.raise_for_status()
    answer: dict[str, Any] = response.json()
    return answer


def test_a_changed_file_is_taken_over_and_untagged_series_are_judged_by_it(
    orthanc: OrthancServer, django: FakeDjango
) -> None:
    tagged_id, untagged_id = send(orthanc, description="t2"), send(orthanc)
    until(lambda: report(orthanc, tagged_id)["candidate"], what="the T2 is tagged")
    write_rules(orthanc, ANY_VOLUME)
    until(lambda: report(orthanc, untagged_id)["candidate"], what="the other is tagged too")
    until(
        lambda: {event["series_id"] for event in django.events} == {tagged_id, untagged_id},
        what="Django hears of both",
    )
    [event] = [event for event in django.events if event["series_id"] == untagged_id]
    assert (event["role"], event["priority"]) == ("t1", "urgent")
    assert report(orthanc, tagged_id)["rule"] == "T2"


def test_a_wrong_change_keeps_the_old_rules_and_health_says_where_it_is_wrong(
    orthanc: OrthancServer,
) -> None:
    loaded_at = rules_in(orthanc)["loaded_at"]
    write_rules(orthanc, WRONG)
    until(lambda: rules_in(orthanc)["error"], what="health says what is wrong")
    rules = rules_in(orthanc)
    assert (rules["loaded"], rules["loaded_at"]) == (1, loaded_at)
    assert rules["error"].startswith('segrelay-rules.toml, line 6, rule 1 "any axial volume"')
    assert 'Is "EchoTime" meant?' in rules["error"]
    assert rules["error_at"] >= loaded_at
    series_id = send(orthanc, description="t2")
    until(lambda: report(orthanc, series_id)["candidate"], what="a series is tagged by the old")
    write_rules(orthanc, T2 + ANY_VOLUME)
    until(lambda: rules_in(orthanc)["loaded"] == 2, what="the mended file is taken over")
    assert rules_in(orthanc)["error"] is None


def test_a_file_that_was_wrong_at_the_start_is_taken_over_when_it_is_mended(
    orthanc: OrthancServer,
) -> None:
    orthanc.rules = WRONG
    orthanc.restart()
    series_id = send(orthanc)
    assert "line 6" in report(orthanc, series_id)["reasons"][0]
    write_rules(orthanc, ANY_VOLUME)
    until(lambda: report(orthanc, series_id)["candidate"], what="the series is tagged")


def test_a_dry_run_says_what_would_be_and_changes_nothing(orthanc: OrthancServer) -> None:
    series_id = send(orthanc)
    until(lambda: orthanc.get(f"/series/{series_id}")["IsStable"], what="it is stable")
    told = dry_run(orthanc, {"series_id": series_id}, language="ko-KR")
    assert (told["candidate"], told["rule"]) == (False, None)
    assert told["reasons"] == [
        (
            '규칙 "T2"에 맞지 않습니다: '
            'SeriesDescription(현재 "T1 MPRAGE")은(는) 정규식 "t2"에 맞아야 합니다.'
        )
    ]
    assert dry_run(orthanc, {"tags": {"SeriesDescription": "t2"}})["rule"]["name"] == "T2"
    metadata = orthanc.get(f"/series/{series_id}/metadata?expand")
    assert not [name for name in metadata if name.startswith("Segrelay")]


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """A made image, and Enhanced ones of real scanners."""
    made, philips = tmp_path / "made.dcm", tmp_path / "philips.dcm"
    made.write_bytes(as_bytes(mr_series(slices=1)[0]))
    packed = package_folder("nibabel") / "nicom" / "tests" / "data" / "philips_mprage.dcm.gz"
    philips.write_bytes(gzip.decompress(packed.read_bytes()))
    return [made, philips, *(file for file in every_file() if file.name == "emri_small.dcm")]


def texts(tags: Any) -> Any:
    """Of what a rule may look at, what holds something; numbers whatever way they are written."""
    if isinstance(tags, list):
        return [texts(item) for item in tags]
    seen = known_keywords().keys() - identifying_keywords()
    return {
        name: texts(value)
        if known_keywords()[name] == SEQUENCE
        else [as_number(part) for part in value.split("\\")]
        for name, value in tags.items()
        if name in seen and value
    }


def as_number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def test_the_command_line_reads_of_a_file_what_orthanc_gives_of_it(
    orthanc: OrthancServer, files: list[Path]
) -> None:
    for file in files:
        stored = orthanc.call("POST", "/instances", data=file.read_bytes())
        stored.raise_for_status()
        of_orthanc = orthanc.get(f"/instances/{stored.json()['ID']}/simplified-tags")
        assert texts(read_header(file)) == texts(of_orthanc)
