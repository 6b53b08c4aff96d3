# SPDX-License-Identifier: AGPL-3.0-or-later
"""What Orthanc loads ("PythonScript"), and the only file that imports `orthanc`.

A hospital's own script may be loaded instead and import this one. What Orthanc takes only one of
is ours then, and such a script hands its own over: `also_on_change`, `also_filter`,
`also_in_explorer`.
"""

import sys
from pathlib import Path
from typing import Any

import orthanc

# Orthanc's embedded Python has a search path of its own, and no virtual environment.
sys.path.insert(0, str(Path(__file__).resolve().parent))

from segrelay_plugin.explorer.button import button_script
from segrelay_plugin.other_scripts import HttpFilter, OnChange, OtherScripts
from segrelay_plugin.plugin import assemble
from segrelay_plugin.python_threads import forget_exception, keep_this_thread, shorten_turns

# An error here keeps Orthanc from starting, which is meant: see `open_accounts`.
plugin = assemble(orthanc)
other_scripts = OtherScripts()


def on_change(change: int, level: int, resource_id: str) -> None:
    """Hears of Orthanc's changes, and passes them on."""
    keep_this_thread()
    tell_background(change, level, resource_id)
    other_scripts.tell(change, level, resource_id)


def tell_background(change: int, level: int, resource_id: str) -> None:
    """Hands changes over to the background threads, and returns at once."""
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
    forget_exception()
    keep_this_thread()
    plugin.metrics.before_call(path)
    is_ours = plugin.request_filter.allows(path, method=call["method"], headers=call["headers"])
    return is_ours and other_scripts.allow(path, call)


def also_on_change(listener: OnChange) -> None:
    """Adds a function that hears of Orthanc's changes after ours."""
    other_scripts.add_listener(listener)


def also_filter(http_filter: HttpFilter) -> None:
    """Adds a function that is asked of HTTP calls; it can only refuse what ours lets through."""
    other_scripts.add_filter(http_filter)


explorer_scripts: list[str] = []


def also_in_explorer(script: str) -> None:
    """Adds JavaScript to Orthanc Explorer, which takes one text from all of Python: the last."""
    explorer_scripts.append(script)
    orthanc.ExtendOrthancExplorer("\n".join(explorer_scripts))


also_in_explorer(button_script())


shorten_turns()
for path, callback in plugin.routes.items():
    orthanc.RegisterRestCallback(path, callback)
orthanc.RegisterOnChangeCallback(on_change)
orthanc.RegisterIncomingHttpRequestFilter(on_http_request)
