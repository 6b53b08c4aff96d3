import json
from pathlib import Path
from typing import Any

import pytest
from builders.request_states import state
from fakes.orthanc_module import FakeOrthanc, FakeOutput, FakeSeries, good_configuration, mr_tags

from segrelay_plugin.plugin import assemble
from segrelay_plugin.routes import SERIES, STUDY
from segrelay_plugin.sentences import ENGLISH
from segrelay_plugin.states.request_state import states_as_json
from segrelay_plugin.tags import RESULTS, STATE

FAILED = state(status="failed", error={"en": "Too dark.", "ko": "너무 어둡습니다."})
DONE = state(
    request_id="r-2", model="tumour", status="completed", outcome="nothing_found", outdated=True
)


@pytest.fixture
def orthanc(tmp_path: Path) -> FakeOrthanc:
    metadata = {
        STATE: states_as_json({"r-1": FAILED, "r-2": DONE}),
        RESULTS: json.dumps([{"request_id": "r-2", "kind": "SR", "series_id": "b-1"}]),
    }
    series = {
        "a-1": FakeSeries([mr_tags()], metadata=metadata),
        "b-1": FakeSeries([mr_tags()], "SR"),
    }
    return FakeOrthanc(tmp_path, configuration=good_configuration(), series=series)


def ask(orthanc: FakeOrthanc, route: str, one_id: str, language: str = "en") -> FakeOutput:
    output = FakeOutput()
    headers = {"accept-language": language}
    assemble(orthanc).routes[route](output, "", method="GET", groups=(one_id,), headers=headers)
    return output


def shown(answer: FakeOutput) -> list[tuple[Any, ...]]:
    states = answer.payload["states"]
    return [(one["model"], one["status"], one["text"], one["error"]) for one in states]


def test_a_series_shows_how_far_its_requests_are_in_the_readers_language(
    orthanc: FakeOrthanc,
) -> None:
    outdated = ENGLISH["state_outdated"]
    assert shown(ask(orthanc, SERIES, "a-1")) == [
        ("brain", "failed", "The analysis failed.", "Too dark."),
        (
            "tumour",
            "completed",
            f"The series was analysed; the model found nothing to mark. {outdated}",
            None,
        ),
    ]
    assert shown(ask(orthanc, SERIES, "a-1", "ko"))[0][2:] == (
        "분석에 실패했습니다.",
        "너무 어둡습니다.",
    )


def test_a_series_shows_what_came_of_it(orthanc: FakeOrthanc) -> None:
    [result] = ask(orthanc, SERIES, "a-1").payload["results"]
    assert (result["series_id"], result["kind"], result["superseded_by"]) == ("b-1", "SR", None)


def test_a_study_shows_the_same_of_each_series(orthanc: FakeOrthanc) -> None:
    study = ask(orthanc, STUDY, "aaaa-bbbb").payload
    of_series = ask(orthanc, SERIES, "a-1").payload
    assert study["study_id"] == "aaaa-bbbb"
    assert [one["series_id"] for one in study["series"]] == ["a-1", "b-1"]
    for key in study["series"][0]:
        assert study["series"][0][key] == of_series[key]


def test_no_image_is_read_for_a_study(orthanc: FakeOrthanc) -> None:
    ask(orthanc, STUDY, "aaaa-bbbb")
    assert not any("tags" in uri for uri in orthanc.asked)


def test_a_study_that_is_not_there_is_unknown(orthanc: FakeOrthanc) -> None:
    answer = ask(orthanc, STUDY, "cccc-dddd")
    assert (answer.status, answer.payload["code"]) == (404, "unknown_study")
    assert "cccc-dddd" in answer.payload["error"]
