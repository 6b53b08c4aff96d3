from dataclasses import replace
from typing import Any

import pytest

from segrelay_plugin.errors import ResultRefusedError
from segrelay_plugin.results.result_object import References, ResultObject
from segrelay_plugin.results.sources import Sources, require_about

SOURCES = Sources(
    study_instance_uid="2.25.3",
    patient_id="P-1",
    series_uids=frozenset({"2.25.20"}),
    instance_uids=frozenset({"2.25.21", "2.25.22"}),
)
ABOUT = References(
    studies=frozenset({"2.25.3"}),
    series=frozenset({"2.25.20"}),
    instances=frozenset({"2.25.21"}),
    superseded=frozenset(),
)
RESULT = ResultObject(
    kind="SEG",
    sop_class_uid="1.2.840.10008.5.1.4.1.1.66.4",
    sop_instance_uid="2.25.1",
    series_instance_uid="2.25.2",
    study_instance_uid="2.25.3",
    manufacturer="Segrelay",
    patient_id="P-1",
    references=ABOUT,
    reported=None,
)


def test_a_result_of_the_same_patient_study_and_images_is_one() -> None:
    require_about(RESULT, SOURCES)
    require_about(replace(RESULT, references=replace(ABOUT, studies=frozenset())), SOURCES)


def test_an_archive_without_patient_ids_has_results_without() -> None:
    require_about(replace(RESULT, patient_id=""), replace(SOURCES, patient_id=""))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"manufacturer": "segrelay"}, "result_other_kind"),
        ({"patient_id": "P-2"}, "result_other_patient"),
        ({"patient_id": ""}, "result_other_patient"),
        ({"study_instance_uid": "2.25.4"}, "result_other_study"),
        ({"references": replace(ABOUT, studies=frozenset({"2.25.4"}))}, "result_other_study"),
        ({"references": replace(ABOUT, instances=frozenset())}, "result_without_source"),
        (
            {"references": replace(ABOUT, instances=frozenset({"2.25.23"}))},
            "result_without_source",
        ),
    ],
)
def test_anything_else_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(ResultRefusedError, match=code):
        require_about(replace(RESULT, **changes), SOURCES)


def test_whose_it_is_is_not_shown_when_it_is_printed() -> None:
    assert "P-1" not in repr(RESULT) + repr(SOURCES)
