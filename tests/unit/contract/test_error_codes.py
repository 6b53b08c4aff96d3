from __future__ import annotations

import pytest

from segrelay_contract.error_codes import ERROR_KINDS, ErrorCode, Fault, english_sentence

EXAMPLE_PARAMETERS: dict[str, str | int | float] = {
    "problem": "the file is empty",
    "modality": "CT",
    "keyword": "PixelSpacing",
    "count": 3,
    "planes": 3,
    "after_mm": 12.5,
    "gap_mm": 2.5,
    "spacing_mm": 1.0,
    "shift_mm": 4.2,
    "found": "echo_time 2.46, 7.38",
    "megavoxels": 900,
    "difference": "3 voxels",
    "instance_number": 17,
    "key": "segments.0.type",
    "value": "12738006",
    "actual": "aaaa",
    "expected": "bbbb",
    "http_status": 403,
    "device": "cuda:1",
    "attempts": 3,
    "seconds": 60,
    "role": "flair",
    "roles": "t1, flair",
    "reference": "t1",
    "model": "glioma",
    "request_id": "6f1d4b52-6b0f-4a43-9d4b-5b3b8b3c6a11",
}

every_code = pytest.mark.parametrize("code", list(ErrorCode))


def test_every_code_has_a_kind() -> None:
    assert set(ERROR_KINDS) == set(ErrorCode)


@every_code
def test_a_sentence_shows_each_of_its_parameters(code: ErrorCode) -> None:
    kind = ERROR_KINDS[code]
    filled = english_sentence(code, EXAMPLE_PARAMETERS)
    assert all(str(EXAMPLE_PARAMETERS[name]) in filled for name in kind.parameters)
    assert "{" not in filled


@every_code
def test_a_sentence_without_one_of_its_parameters_is_an_error(code: ErrorCode) -> None:
    for name in ERROR_KINDS[code].parameters:
        rest = {key: value for key, value in EXAMPLE_PARAMETERS.items() if key != name}
        with pytest.raises(KeyError, match=name):
            english_sentence(code, rest)


@every_code
def test_the_text_says_what_happened_and_what_to_do(code: ErrorCode) -> None:
    sentence = ERROR_KINDS[code].sentence
    assert sentence[0].isupper() or sentence.startswith("{")
    assert sentence.endswith(".")
    assert sentence.count(".") >= 2 or ";" in sentence


def test_a_fault_of_the_series_is_never_tried_again() -> None:
    of_the_series = [kind for kind in ERROR_KINDS.values() if kind.fault == Fault.SERIES]
    assert of_the_series
    assert not any(kind.retryable for kind in of_the_series)


def test_an_archive_that_does_not_answer_is_tried_again() -> None:
    assert ERROR_KINDS[ErrorCode.ORTHANC_UNREACHABLE].retryable
