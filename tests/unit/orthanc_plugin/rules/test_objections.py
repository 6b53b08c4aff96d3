from string import Formatter

import pytest

from segrelay_plugin.rules.objections import ENGLISH, KOREAN, Objection, objections_text

ASKED = {
    "pattern": {"expression": "^(?!.*{t2})"},
    "between": {"minimum": "1", "maximum": "30"},
    "at_least": {"minimum": "1", "maximum": "inf"},
    "at_most": {"minimum": "-inf", "maximum": "30"},
    "one_of": {"values": "MR, CT"},
    "present": {},
}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_say_the_same() -> None:
    assert set(ENGLISH) == set(KOREAN) == {(kind, yes) for kind in ASKED for yes in (True, False)}
    assert all(placeholders(ENGLISH[key]) == placeholders(KOREAN[key]) for key in ENGLISH)


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("kind", ASKED)
def test_a_sentence_says_what_is_there_and_what_is_asked(kind: str, language: str) -> None:
    text = Objection("EchoTime", "100", kind, ASKED[kind], wanted=True).text(language)
    assert "EchoTime" in text
    said = [value for value in ASKED[kind].values() if "inf" not in value]
    assert all(value in text for value in said)
    assert ("100" in text) is (kind != "present")


@pytest.mark.parametrize(
    ("found", "wanted", "english", "korean"),
    [
        (
            "100",
            True,
            'EchoTime is "100", but should be from 1 to 30',
            'EchoTime(현재 "100")은(는) 1 이상 30 이하여야 합니다',
        ),
        (
            None,
            True,
            "EchoTime is absent, but should be from 1 to 30",
            "EchoTime(값 없음)은(는) 1 이상 30 이하여야 합니다",
        ),
        (
            "12",
            False,
            'EchoTime is "12", but should not be from 1 to 30',
            'EchoTime(현재 "12")은(는) 1 이상 30 이하가 아니어야 합니다',
        ),
    ],
)
def test_a_condition_and_its_opposite_have_sentences_of_their_own(
    found: str | None, english: str, korean: str, *, wanted: bool
) -> None:
    objection = Objection("EchoTime", found, "between", ASKED["between"], wanted=wanted)
    assert (objection.text("en"), objection.text("ko")) == (english, korean)


def test_several_objections_stand_in_one_sentence() -> None:
    one = Objection("InversionTime", None, "present", {}, wanted=True)
    assert objections_text([one, one], "en").count("InversionTime is absent") == 2


def test_a_long_value_is_cut() -> None:
    text = Objection("ImageComments", "x" * 1000, "present", {}, wanted=False).text("en")
    assert len(text) < 100
    long = Objection("ImageComments", "x" * 1000, "pattern", ASKED["pattern"], wanted=True)
    assert "x…" in long.text("ko")
    assert len(long.text("ko")) < 200
