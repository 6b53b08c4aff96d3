# SPDX-License-Identifier: AGPL-3.0-or-later
import base64
import hashlib
from typing import Any

from segrelay_plugin.explorer.button import script
from segrelay_plugin.orthanc_api import RestOutput

SCRIPT = script("analysis_page.js")
DIGEST = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
# Nothing runs but this script, whatever a name of a model may hold; and no page of another site
# lays it below a click that was meant for something else.
POLICY = (
    f"default-src 'none'; script-src 'sha256-{DIGEST}'; style-src 'unsafe-inline';"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE = (
    '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width">\n<title>AI analysis</title>\n'
    f'<main class="segrelay-page"></main>\n<script>{SCRIPT}</script>\n</html>\n'
)


def show_analysis_page(output: RestOutput, _uri: str, /, **request: Any) -> None:  # noqa: ANN401 - Orthanc's own
    """Answers with the panels in a page of their own, which Orthanc Explorer 2 opens."""
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
        return
    output.SetHttpHeader("Content-Security-Policy", POLICY)
    output.AnswerBuffer(PAGE, "text/html; charset=utf-8")
