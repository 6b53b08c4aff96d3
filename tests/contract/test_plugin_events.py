"""The plugin may not import the contract; these tests hold the two together."""

from __future__ import annotations

import json
from typing import Any

import pytest

from segrelay_contract.examples import example
from segrelay_contract.requests import Priority
from segrelay_contract.series_rules import headers as contract_headers
from segrelay_plugin import headers as plugin_headers
from segrelay_plugin.events import Event, ResultStored, SeriesDeleted, SeriesStable, as_payload
from segrelay_plugin.rules.rule import Priority as PriorityOfRules


def rebuilt(document: dict[str, Any]) -> Event:
    if document["event"] == "series_deleted":
        return SeriesDeleted(**document)
    if document["event"] == "result_stored":
        return ResultStored(**document)
    lists = {key: tuple(document[key]) for key in ("candidate_models", "headers")}
    return SeriesStable(**document | lists)


@pytest.mark.parametrize(
    "name", ["series-stable-event", "series-deleted-event", "result-stored-event"]
)
def test_the_plugin_sends_the_event_of_the_example(name: str) -> None:
    sent = json.loads(json.dumps(as_payload(rebuilt(example(name)))))
    assert sent == example(name)


def test_each_event_has_an_id_of_its_own() -> None:
    first, second = (SeriesDeleted(series_id="a") for _ in range(2))
    assert first.event_id != second.event_id


def test_rules_know_the_priorities_of_the_contract() -> None:
    assert [one.value for one in PriorityOfRules] == [one.value for one in Priority]


def test_the_plugin_sends_the_tags_that_the_contract_names() -> None:
    assert plugin_headers.HEADER_TAGS == contract_headers.HEADER_TAGS
    assert plugin_headers.HEADER_KEYWORDS == contract_headers.HEADER_KEYWORDS


def test_of_all_tags_that_orthanc_gives_only_those_of_the_example_leave_it() -> None:
    row = example("series-stable-event")["headers"][0]
    from_orthanc = {
        **row,
        "PatientName": "Somebody",
        "PatientID": "4711",
        "ReferencedImageSequence": [{"ReferencedSOPInstanceUID": "1.2.3"}],
        "AcquisitionTime": None,
    }
    assert plugin_headers.header_row(from_orthanc) == row


def test_no_patient_tag_is_in_the_contract() -> None:
    assert not [
        name for name in contract_headers.HEADER_KEYWORDS if name.startswith(("Patient", "Referr"))
    ]
