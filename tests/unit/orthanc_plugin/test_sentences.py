from string import Formatter

import pytest

from segrelay_plugin.sentences import ENGLISH, KOREAN, preferred_language, sentence


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_say_the_same() -> None:
    assert set(ENGLISH) == set(KOREAN)
    assert all(placeholders(ENGLISH[code]) == placeholders(KOREAN[code]) for code in ENGLISH)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("ko", "ko"),
        ("ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        ("en;q=0.5, ko;q=0.9", "ko"),
        ("de, en;q=0.9, ko;q=0.1", "en"),
        ("fr", "en"),
        ("ko;q=0", "en"),
        ("ko;q=much", "en"),
    ],
)
def test_the_reader_gets_the_language_asked_for(header: str, language: str) -> None:
    assert preferred_language(header) == language


@pytest.mark.parametrize(("language", "unknown"), [("en", "not known"), ("ko", "알 수 없")])
def test_silence_is_not_passed_off_as_a_refusal(language: str, unknown: str) -> None:
    assert unknown in sentence("django_unreachable", language=language)


def test_parameters_stand_in_the_sentence() -> None:
    assert "CT" in sentence("not_mr", language="ko", parameters={"modality": "CT"})
