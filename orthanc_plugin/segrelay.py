# SPDX-License-Identifier: AGPL-3.0-or-later
"""What Orthanc loads ("PythonScript"), and the only file that imports `orthanc`.

A hospital's own script may import this one instead; as Orthanc takes a single listener for
changes, such a script imports it first and registers none, or passes its events to `on_change`.
"""

import sys
from pathlib import Path
from typing import Any

import orthanc

# Orthanc's embedded Python has a search path of its own, and no virtual environment.
sys.path.insert(0, str(Path(__file__).resolve().parent))

from segrelay_plugin.explorer_button import button_script
from segrelay_plugin.plugin import assemble

# An error here keeps Orthanc from starting, which is meant: see `open_accounts`.
plugin = assemble(orthanc)


def on_change(change: int, level: int, resource_id: str) -> None:
    """Hands Orthanc's events over to the background threads, and returns at once."""
    background = plugin.background
    if background is None:
        return
    if change == orthanc.ChangeType.ORTHANC_STARTED:
        background.start()
    elif change == orthanc.ChangeType.ORTHANC_STOPPED:
        background.stop()
    elif change == orthanc.ChangeType.STABLE_SERIES:
        background.series_stable(resource_id)
    elif change == orthanc.ChangeType.DELETED and level == orthanc.ResourceType.SERIES:
        background.series_deleted(resource_id)


def on_http_request(path: str, **call: Any) -> bool:  # noqa: ANN401 - Orthanc's own
    """Whether an HTTP call may go on: the workers' account may do what its tickets say."""
    return plugin.request_filter.allows(path, method=call["method"], headers=call["headers"])


explorer_scripts: list[str] = []


def also_in_explorer(script: str) -> None:
    """Adds JavaScript to Orthanc Explorer, which takes one text from all of Python: the last."""
    explorer_scripts.append(script)
    orthanc.ExtendOrthancExplorer("\n".join(explorer_scripts))


also_in_explorer(button_script())


for path, callback in plugin.routes.items():
    orthanc.RegisterRestCallback(path, callback)
orthanc.RegisterOnChangeCallback(on_change)
orthanc.RegisterIncomingHttpRequestFilter(on_http_request)
