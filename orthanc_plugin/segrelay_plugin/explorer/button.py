# SPDX-License-Identifier: AGPL-3.0-or-later
import json
from pathlib import Path

from segrelay_plugin.explorer.texts import TEXTS

FOLDER = Path(__file__).parent
PANEL = ("calls.js", "elements.js", "choice.js", "states.js", "panel.js")


def button_script() -> str:
    """What `orthanc.ExtendOrthancExplorer` takes: AI analysis on the series and study pages."""
    return script("legacy_button.js")


def script(last: str) -> str:
    """The panel's files and the one that places it, in a scope of their own.

    The browsers get one text: Orthanc Explorer takes no more, and adds those of other plugins.
    """
    constants = [
        f"const TEXTS = {json.dumps(TEXTS, ensure_ascii=False)};",
        f"const STYLE = {json.dumps(_read('panel.css'))};",
    ]
    parts = [*constants, *map(_read, ("language.js", *PANEL, last))]
    return '(() => {\n"use strict";\n' + "\n".join(parts) + "\n})();\n"


def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")
