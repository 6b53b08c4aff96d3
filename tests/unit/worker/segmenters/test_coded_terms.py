from __future__ import annotations

from pathlib import Path

import pytest
from fakes.stub_segmenter import write_stub_package

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError
from segrelay_worker.segmenters.coded_terms import require_good_codes
from segrelay_worker.segmenters.manifest import CodedTerm, Segment
from segrelay_worker.segmenters.package import load_package

ANATOMY = ("91723000", "SCT", "Anatomical Structure")
ABNORMAL = ("49755003", "SCT", "Morphologically Abnormal Structure")
TISSUE = ("85756007", "SCT", "Tissue")
BRAIN = ("12738006", "SCT", "Brain")
NEOPLASM = ("108369006", "SCT", "Neoplasm")
LEFT = ("7771000", "SCT", "Left")
OWN = ("T1", "99LAB", "Whatever")


def _segment(
    category: tuple[str, str, str], segment_type: tuple[str, str, str], **more: tuple[str, str, str]
) -> Segment:
    terms = {
        name: CodedTerm(value=value, scheme=scheme, meaning=meaning)
        for name, (value, scheme, meaning) in {
            "category": category,
            "type": segment_type,
            **more,
        }.items()
    }
    return Segment.model_validate({"number": 1, "label": "x", **terms})


@pytest.mark.parametrize(
    "segment",
    [
        _segment(ANATOMY, BRAIN),
        _segment(ANATOMY, ("12738006", "SCT", "brain"), type_modifier=LEFT),
        _segment(ABNORMAL, NEOPLASM, anatomic_region=BRAIN, anatomic_region_modifier=LEFT),
        _segment(TISSUE, ("59820001", "SCT", "Blood vessel")),  # it is in two tables
        _segment(ANATOMY, ("59820001", "SCT", "Blood vessel")),
        # A neoplasm of SNOMED that no table of segmentation types lists.
        _segment(
            ABNORMAL, ("86049000", "SCT", "Malignant neoplasm, primary (morphologic abnormality)")
        ),
        _segment(OWN, NEOPLASM),
        _segment(ANATOMY, OWN, anatomic_region=OWN),
        _segment(ANATOMY, ("7088", "FMA", "Heart")),
    ],
)
def test_codes_that_say_what_they_mean_are_taken(segment: Segment) -> None:
    require_good_codes([segment])


@pytest.mark.parametrize(
    ("segment", "key", "expected"),
    [
        (_segment(TISSUE, NEOPLASM), "category", "49755003 'Morphologically Abnormal Structure'"),
        (_segment(ANATOMY, NEOPLASM), "category", "because the type is 'Neoplasm'"),
        (_segment(BRAIN, BRAIN), "category", "91723000 'Anatomical Structure'"),
        (_segment(LEFT, OWN), "category", "85756007 'Tissue' or"),
        (_segment(ANATOMY, ("12738006", "SCT", "Liver")), "type", "the meaning 'Brain'"),
        (_segment(ANATOMY, ("1273800", "SCT", "Brain")), "type", "a code of SCT that"),
        (_segment(ANATOMY, ("T-A0100", "SRT", "Brain")), "type", "SRT is retired"),
        (_segment(ANATOMY, BRAIN, anatomic_region=LEFT), "anatomic_region", "CID 4"),
        (_segment(ANATOMY, BRAIN, type_modifier=BRAIN), "type_modifier", "CID 2 or 244"),
    ],
)
def test_a_wrong_code_is_named_with_what_is_expected(
    segment: Segment, key: str, expected: str
) -> None:
    right = _segment(ANATOMY, BRAIN)
    with pytest.raises(PermanentError) as caught:
        require_good_codes([right, segment])
    assert caught.value.code is ErrorCode.MODEL_MISCODED
    assert caught.value.parameters["key"] == f"segments.1.{key}"
    assert segment.terms[key].value in str(caught.value)
    assert expected in str(caught.value)


def test_a_package_with_a_wrong_code_is_not_loaded(tmp_path: Path) -> None:
    weights = write_stub_package(tmp_path)
    manifest = tmp_path / "model.toml"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace("49755003", "85756007"), encoding="utf-8")
    with pytest.raises(PermanentError) as caught:
        load_package(weights)
    assert caught.value.code is ErrorCode.MODEL_MISCODED


def test_a_modifier_without_its_region_is_refused() -> None:
    with pytest.raises(ValueError, match="needs an anatomic_region"):
        _segment(ANATOMY, BRAIN, anatomic_region_modifier=LEFT)
