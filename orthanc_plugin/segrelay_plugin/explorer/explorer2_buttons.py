# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writes the buttons of Orthanc Explorer 2: `python -m segrelay_plugin.explorer.explorer2_buttons`.

Orthanc Explorer 2 takes buttons from its configuration only, in one text for all, and does not show
what a POST is answered. So its buttons open the plugin's own page, which says everything in the
reader's language. Formats: Plugin/DefaultConfiguration.json of Orthanc Explorer 2, 1.9.2 and later.
"""

import json
import sys
from collections.abc import Mapping

PLUGIN = "../../segrelay"  # from Orthanc Explorer 2's own address, /ui/app/
OPEN = "AI analysis · AI 분석"
PRESS = "AI analysis of all chosen studies · 선택한 검사 모두 AI 분석"
PRESSED = (
    "AI analysis is being requested. The other button shows how far it is."
    " · AI 분석을 요청하고 있습니다. 다른 버튼이 진행 상태를 보여 줍니다."
)
Button = Mapping[str, object]


def configuration() -> Mapping[str, object]:
    """The section of orthanc.json."""
    buttons = {
        "study": [_opening("study", "?study={UUID}")],
        "series": [_opening("series", "?series={UUID}")],
        "instance": [],
        "bulk-studies": [_opening("bulk", "?studies={CommaSeparatedUUIDs}"), _pressing()],
    }
    return {"OrthancExplorer2": {"UiOptions": {"CustomButtons": buttons}}}


def _opening(name: str, query: str) -> Button:
    return {
        "HttpMethod": "GET",
        "Id": f"segrelay-{name}",
        "Tooltip": OPEN,
        "Target": "_blank",
        "Icon": "bi bi-cpu",
        "Url": f"{PLUGIN}/analysis{query}",
    }


def _pressing() -> Button:
    return {
        "HttpMethod": "POST",
        "Id": "segrelay-bulk-segment",
        "Tooltip": PRESS,
        "Icon": "bi bi-cpu-fill",
        "Url": f"{PLUGIN}/bulk/segment",
        "Payload": {"studies": "{JsonArrayUUIDs}"},
        "Refresh": False,
        "StartMessage": PRESSED,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(configuration(), ensure_ascii=False, indent=2) + "\n")
