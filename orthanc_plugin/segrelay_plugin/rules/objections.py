# SPDX-License-Identifier: AGPL-3.0-or-later
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LONGEST_VALUE = 80  # characters of a tag's value that a sentence repeats

# (kind of condition, whether it should hold) → what to say; {found} is said by FOUND or ABSENT.
ENGLISH = {
    ("pattern", True): '{fact} {found}, but should match "{expression}"',
    ("pattern", False): '{fact} {found}, but should not match "{expression}"',
    ("between", True): "{fact} {found}, but should be from {minimum} to {maximum}",
    ("between", False): "{fact} {found}, but should not be from {minimum} to {maximum}",
    ("at_least", True): "{fact} {found}, but should be at least {minimum}",
    ("at_least", False): "{fact} {found}, but should be less than {minimum}",
    ("at_most", True): "{fact} {found}, but should be at most {maximum}",
    ("at_most", False): "{fact} {found}, but should be more than {maximum}",
    ("one_of", True): "{fact} {found}, but should be one of: {values}",
    ("one_of", False): "{fact} {found}, but should be none of: {values}",
    ("present", True): "{fact} is absent, but should be there",
    ("present", False): "{fact} is there, but should be absent",
}
KOREAN = {
    ("pattern", True): '{fact}({found})은(는) 정규식 "{expression}"에 맞아야 합니다',
    ("pattern", False): '{fact}({found})은(는) 정규식 "{expression}"에 맞지 않아야 합니다',
    ("between", True): "{fact}({found})은(는) {minimum} 이상 {maximum} 이하여야 합니다",
    ("between", False): "{fact}({found})은(는) {minimum} 이상 {maximum} 이하가 아니어야 합니다",
    ("at_least", True): "{fact}({found})은(는) {minimum} 이상이어야 합니다",
    ("at_least", False): "{fact}({found})은(는) {minimum} 미만이어야 합니다",
    ("at_most", True): "{fact}({found})은(는) {maximum} 이하여야 합니다",
    ("at_most", False): "{fact}({found})은(는) {maximum} 초과여야 합니다",
    ("one_of", True): "{fact}({found})은(는) 다음 중 하나여야 합니다: {values}",
    ("one_of", False): "{fact}({found})은(는) 다음 중 어느 것도 아니어야 합니다: {values}",
    ("present", True): "{fact} 값이 없지만 있어야 합니다",
    ("present", False): "{fact} 값이 있지만 없어야 합니다",
}
TABLES = {"en": ENGLISH, "ko": KOREAN}
FOUND = {"en": 'is "{value}"', "ko": '현재 "{value}"'}
ABSENT = {"en": "is absent", "ko": "값 없음"}


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a condition does not hold (or does, where it must not): what is there, what is asked.

    Rules cannot look at tags that name a patient, so no value of such a tag stands here.
    """

    fact: str
    found: str | None
    kind: str
    asked: Mapping[str, str]
    wanted: bool

    def text(self, language: str) -> str:
        """The objection in the reader's language, to stand within a sentence."""
        found = _found(self.found, language)
        phrase = TABLES[language][self.kind, self.wanted]
        return phrase.format(fact=self.fact, found=found, **self.asked)


def objections_text(objections: Sequence[Objection], language: str) -> str:
    """All that is in a condition's way, to stand within a sentence."""
    return "; ".join(objection.text(language) for objection in objections)


def _found(value: str | None, language: str) -> str:
    if value is None:
        return ABSENT[language]
    shown = value if len(value) <= LONGEST_VALUE else f"{value[:LONGEST_VALUE]}…"
    return FOUND[language].format(value=shown)
