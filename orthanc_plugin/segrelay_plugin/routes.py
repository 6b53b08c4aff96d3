# SPDX-License-Identifier: AGPL-3.0-or-later
from collections.abc import Mapping

from segrelay_plugin.archive import Archive
from segrelay_plugin.bulk import BulkRoute
from segrelay_plugin.relay import RelayedCall, Relays
from segrelay_plugin.rest import Handler

ORTHANC_ID = "([0-9a-f-]+)"
SERIES = f"/segrelay/series/{ORTHANC_ID}"
STUDY = f"/segrelay/studies/{ORTHANC_ID}"
RESULTS = "/segrelay/requests/([0-9a-f-]+)/results"
BULK = "/segrelay/bulk/segment"

Routes = Mapping[str, Mapping[str, Handler]]  # by the path's regular expression, by method


def relayed_routes(relays: Relays, archive: Archive) -> Routes:
    """Everything that is asked of Django through Orthanc."""
    series, study = archive.series, archive.series_of_study
    calls = {
        f"{SERIES}/segment": RelayedCall("POST", "series/{}/segment/", series),
        f"{SERIES}/models": RelayedCall("GET", "series/{}/models/", series),
        f"{STUDY}/segment": RelayedCall("POST", "studies/{}/segment/", study),
        f"{STUDY}/models": RelayedCall("GET", "studies/{}/models/", study),
    }
    handlers = {path: relays.handler(call) for path, call in calls.items()}
    bulk = BulkRoute(series=handlers[f"{SERIES}/segment"], studies=handlers[f"{STUDY}/segment"])
    return {
        **{path: {call.method: handlers[path]} for path, call in calls.items()},
        BULK: {"POST": bulk},
    }
