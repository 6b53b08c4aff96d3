from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from builders.contract_examples import MODELS
from pydantic import ValidationError

from segrelay_contract.examples import example, names

# Objects whose keys are the sender's own, so that a strange one is no strange one there.
FREE_FORM = frozenset(
    {
        "labels",
        "headers",
        "error_parameters",
        "parameters",
        "details",
        "volume_rule",
        "sequence_series_ids",
    }
)

PRESS = {"model", "threshold", "priority", "force", "worker_label", "sequence_series_ids"}
# What an older or thinner sender may leave out; everything else is needed.
OPTIONAL = {
    "claim-body": {"quarantined", "wait_seconds", "resume"},
    "completion-body-success": {"seg_instance_id"},
    "completion-body-nothing-found": {"seg_instance_id"},
    "completion-body-failure": {"error_parameters", "error"},
    "completion-body-old-success": {
        "lease_token",
        "result",
        "seg_instance_id",
        "tumor_detected",
        "tumor_volume_voxels",
        "elapsed_time_seconds",
    },
    "completion-body-old-failure": {"lease_token", "error_code", "error"},
    "progress-answer": {"orthanc"},
    "progress-answer-after-cancel": {"orthanc"},
    "progress-body": {"lease_token", "status", "stage", "progress"},
    "segment-body": PRESS,
    "segment-body-several-inputs": PRESS,
    "result-stored-event": {"result"},
    "series-stable-event": {"request_for", "priority", "again_when_grown", "candidate"},
    "error-answer": {"reasons"},
    "error-answer-with-reasons": {"reasons"},
}
ALWAYS_TRUE = {"success"}  # answers say it, readers may go by the HTTP status alone

every_example = pytest.mark.parametrize("name", sorted(MODELS))


def objects(document: Any) -> Iterator[dict[str, Any]]:
    if isinstance(document, list):
        for entry in document:
            yield from objects(entry)
    if isinstance(document, dict):
        yield document
        for key, value in document.items():
            if key not in FREE_FORM:
                yield from objects(value)


def optional_keys(name: str) -> set[str]:
    is_answer = "answer" in name or "-list" in name
    return OPTIONAL.get(name, set()) | (ALWAYS_TRUE if is_answer else set())


def test_each_example_file_is_checked_against_a_model() -> None:
    assert names() == set(MODELS)


@every_example
def test_an_example_survives_being_parsed_and_written(name: str) -> None:
    parsed = MODELS[name].validate_python(example(name), strict=False)
    assert MODELS[name].dump_python(parsed, mode="json") == example(name)


@every_example
def test_unknown_keys_are_ignored_at_every_depth(name: str) -> None:
    from_newer_version = example(name)
    for document in list(objects(from_newer_version)):
        document["key_of_a_newer_version"] = {"nested": [1]}
    parsed = MODELS[name].validate_python(from_newer_version)
    assert MODELS[name].dump_python(parsed, mode="json") == example(name)


@every_example
def test_exactly_the_needed_keys_are_missed_when_absent(name: str) -> None:
    missed = set()
    for key in example(name):
        rest = {other: value for other, value in example(name).items() if other != key}
        try:
            MODELS[name].validate_python(rest)
        except ValidationError:
            missed.add(key)
    assert missed == set(example(name)) - optional_keys(name)


@pytest.mark.parametrize(
    ("name", "key", "wrong"),
    [
        ("claim-body", "claim_id", "not-a-uuid"),
        ("claim-body", "models", [{}]),
        ("claim-body", "quarantined", [{}]),
        ("claim-body", "wait_seconds", 31),
        ("progress-body", "progress", 1.01),
        ("progress-body", "stage", "resting"),
        ("progress-body", "status", "completed"),
        ("segment-body", "threshold", -0.1),
        ("segment-body", "priority", "now"),
        ("completion-body-failure", "error_code", "code_that_nobody_knows"),
        ("completion-body-failure", "success", True),
        ("completion-body-failure", "error_parameters", {"count": float("inf")}),
        ("completion-body-old-success", "elapsed_time_seconds", float("nan")),
        ("series-deleted-event", "series_id", "x" * 129),
        ("series-stable-event", "event", "series_grew_legs"),
        ("series-stable-event", "role", "x" * 65),
        ("series-stable-event", "request_for", "patient"),
        ("series-stable-event", "priority", "now"),
    ],
)
def test_a_value_outside_the_contract_is_refused(name: str, key: str, wrong: object) -> None:
    with pytest.raises(ValidationError):
        MODELS[name].validate_python(example(name) | {key: wrong})
