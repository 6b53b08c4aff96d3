from typing import Any

import pytest
from builders.request_states import state
from fakes.orthanc_module import FakeOrthanc, FakeSeries, mr_tags

from segrelay_plugin.archive import Archive
from segrelay_plugin.states.labels import CANDIDATE, labels_of, put_labels


@pytest.mark.parametrize(
    ("changes", "labels"),
    [
        ({"status": "pending"}, {"segrelay-pending"}),
        ({"status": "processing"}, {"segrelay-processing"}),
        ({"status": "completed", "outcome": "segmented"}, {"segrelay-done"}),
        ({"status": "completed", "outcome": "nothing_found"}, {"segrelay-nothing-found"}),
        ({"status": "completed"}, {"segrelay-done"}),
        ({"status": "failed"}, {"segrelay-failed"}),
        ({"status": "failed", "outcome": "segmented"}, {"segrelay-failed"}),
        ({"status": "cancelled"}, set()),
        ({"status": "cancelled", "outdated": True}, set()),
        ({"status": "completed", "outdated": True}, {"segrelay-done", "segrelay-outdated"}),
        ({"status": "completed", "outdated": True, "results_deleted": True}, set()),
    ],
)
def test_a_state_has_its_labels(changes: dict[str, Any], labels: set[str]) -> None:
    assert labels_of([state(**changes)]) == labels


def test_a_series_has_the_labels_of_all_its_states() -> None:
    states = [state(status="failed"), state(status="pending", model="tumour")]
    assert labels_of(states) == {"segrelay-failed", "segrelay-pending"}


def test_labels_that_no_longer_hold_go_and_those_of_others_stay(
    orthanc: FakeOrthanc, archive: Archive
) -> None:
    others = ["for-teaching", CANDIDATE, "segrelay-superseded", "segrelay-study"]
    orthanc.has_labels = True
    orthanc.series["a-1"] = FakeSeries([mr_tags()], labels=[*others, "segrelay-pending"])
    put_labels(archive, "a-1", frozenset({"segrelay-done"}))
    assert set(orthanc.series["a-1"].labels) == {*others, "segrelay-done"}


def test_an_orthanc_without_labels_is_not_asked_for_any(
    orthanc: FakeOrthanc, archive: Archive
) -> None:
    orthanc.series["a-1"] = FakeSeries([mr_tags()])
    put_labels(archive, "a-1", frozenset({"segrelay-done"}))
    assert orthanc.series["a-1"].labels == []
