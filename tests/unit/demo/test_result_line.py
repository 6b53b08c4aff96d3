import json
from typing import Any

from demo.comparison import Comparison
from demo.result_line import ResultLine, result_line
from segrelay_contract.examples import example
from segrelay_contract.requests import RequestAnswer, RequestView

COMPARISON = Comparison(
    dice=0.9995, voxels_different=7, reference_volume_ml=1956.4, volume_ml=1956.468
)


def view(name: str) -> RequestView:
    return RequestAnswer.model_validate(example(name)).request


def as_read(line: ResultLine) -> dict[str, Any]:
    text = line.as_json()
    assert "\n" not in text
    document: dict[str, Any] = json.loads(text)
    return document


def test_a_good_result_has_exactly_these_figures() -> None:
    line = result_line(view("request-answer-completed"), url="http://x/", comparison=COMPARISON)
    assert as_read(line) == {
        "status": "completed",
        "outcome": "segmented",
        "volume_ml": 1956.468,
        "dice_vs_reference": 0.9995,
        "voxels_different": 7,
        "seconds": {
            "waiting": 30.0,
            "downloading": 0.4,
            "inferring": 5.2,
            "encoding": 0.9,
            "uploading": 0.3,
            "total": 37.0,
        },
        "seg_sop_instance_uid": "2.25.101",
        "url": "http://x/",
    }


def test_without_a_reference_the_figures_are_null_and_the_line_says_why() -> None:
    line = result_line(view("request-answer-completed"), url="http://x/", note="no reference")
    document = as_read(line)
    assert document["dice_vs_reference"] is None
    assert document["voxels_different"] is None
    assert document["note"] == "no reference"


def test_a_failed_request_has_all_keys_and_says_what_it_is() -> None:
    document = as_read(
        result_line(view("request-answer-failed"), url="http://x/", error="It failed.")
    )
    assert document["status"] == "failed"
    assert document["error"] == "It failed."
    assert {document[name] for name in ("outcome", "volume_ml", "seconds")} == {None}
    assert document["seg_sop_instance_uid"] is None


def test_the_line_can_be_printed_where_only_ascii_is() -> None:
    assert ResultLine(status="failed", error="“뇌”").as_json().isascii()
