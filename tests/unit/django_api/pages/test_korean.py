from __future__ import annotations

import io
import re
from collections.abc import Iterator
from gettext import GNUTranslations
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

import segrelay_api
from segrelay_contract.error_codes import ERROR_KINDS, ErrorCode
from segrelay_contract.warning_codes import WARNING_SENTENCES, WarningCode

PACKAGE = Path(segrelay_api.__file__).parent
MESSAGES = PACKAGE / "locale" / "ko" / "LC_MESSAGES"
HANGUL = re.compile("[가-힣]")
UNTRANSLATED = {"{volume} ml"}  # Koreans write millilitres the same way


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    with (MESSAGES / "django.po").open("rb") as file:
        return read_po(file, locale="ko")


def translations(catalog: Catalog) -> dict[str, str]:
    """English to Korean; of an English plural the form for many, as Korean has one form."""
    return {last_form(message.id): last_form(message.string) for message in catalog if message.id}


def last_form(text: object) -> str:
    return text if isinstance(text, str) else str(text[-1])  # type: ignore[index] # list or tuple


def parameters(text: str) -> set[str]:
    braces = {name for _, name, _, _ in Formatter().parse(text) if name}
    return braces | set(re.findall(r"%\((\w+)\)s", text))


def texts_in_code() -> Iterator[str]:
    keywords = {"gettext": None, "gettext_lazy": None, "_": None, "ngettext": (1, 2)}
    sources = [path.read_text() for path in PACKAGE.rglob("*.py")]
    templates = [templatize(path.read_text()) for path in PACKAGE.rglob("*.html")]
    for source in sources + templates:
        for _, message, _, _ in extract("python", io.BytesIO(source.encode()), keywords):
            yield last_form(message)


@pytest.mark.parametrize("code", ErrorCode)
def test_every_error_sentence_has_a_korean_one_with_the_same_parameters(
    code: ErrorCode, catalog: Catalog
) -> None:
    korean = translations(catalog)[ERROR_KINDS[code].sentence]
    assert HANGUL.search(korean)
    assert parameters(korean) == ERROR_KINDS[code].parameters


@pytest.mark.parametrize("code", WarningCode)
def test_every_warning_has_a_korean_sentence(code: WarningCode, catalog: Catalog) -> None:
    assert HANGUL.search(translations(catalog)[WARNING_SENTENCES[code]])


def test_every_text_of_code_and_templates_is_translated(catalog: Catalog) -> None:
    known = translations(catalog)
    found = list(texts_in_code())
    assert "AI analysis" in found
    assert [text for text in found if not known.get(text)] == []


def test_every_translation_is_korean_and_keeps_its_parameters(catalog: Catalog) -> None:
    for english, korean in translations(catalog).items():
        assert english in UNTRANSLATED or HANGUL.search(korean), english
        assert parameters(korean) == parameters(english)


def test_no_translation_is_left_over(catalog: Catalog) -> None:
    used = {kind.sentence for kind in ERROR_KINDS.values()} | set(texts_in_code())
    used |= set(WARNING_SENTENCES.values())
    assert set(translations(catalog)) - used == set()


def test_the_compiled_catalogue_is_the_written_one(catalog: Catalog) -> None:
    with (MESSAGES / "django.mo").open("rb") as file:
        compiled = GNUTranslations(file)
    for message in catalog:
        singular, *plural = [message.id] if isinstance(message.id, str) else message.id
        korean = compiled.ngettext(singular, plural[0], 2) if plural else compiled.gettext(singular)
        assert not singular or korean == last_form(message.string)
