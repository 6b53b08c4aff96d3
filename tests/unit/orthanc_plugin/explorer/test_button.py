import re
from collections.abc import Mapping

from segrelay_plugin.explorer.analysis_page import SCRIPT as PAGE_SCRIPT
from segrelay_plugin.explorer.button import FOLDER, button_script
from segrelay_plugin.explorer.texts import ENGLISH, KOREAN, TEXTS

ALL = button_script() + PAGE_SCRIPT


def names(texts: Mapping[str, object], before: str = "") -> set[str]:
    found = {f"{before}{name}" for name in texts}
    for name, text in texts.items():
        if isinstance(text, Mapping):
            found |= names(text, f"{name}.")
    return found


def test_both_languages_say_the_same() -> None:
    assert names(ENGLISH) == names(KOREAN)
    assert set(TEXTS) == {"en", "ko"}


def test_every_text_that_the_script_shows_exists_and_every_one_is_shown() -> None:
    shown = set(re.findall(r"\btexts\.(\w+)", ALL))
    assert shown == set(ENGLISH)


def test_nothing_is_put_into_a_page_as_html() -> None:
    forbidden = (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        ".html(",
        "eval(",
    )
    assert [word for word in forbidden if word in ALL] == []


def test_every_file_of_the_button_reaches_the_browser_and_names_its_licence() -> None:
    for file in FOLDER.glob("*.js"):
        text = file.read_text(encoding="utf-8")
        assert text.startswith("// SPDX-License-Identifier: AGPL-3.0-or-later\n"), file.name
        assert text in ALL, file.name
