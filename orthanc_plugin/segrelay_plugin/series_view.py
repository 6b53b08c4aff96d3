# SPDX-License-Identifier: AGPL-3.0-or-later
from collections.abc import Mapping

from segrelay_plugin.archive import Archive, SeriesRecord
from segrelay_plugin.results.views import result_views
from segrelay_plugin.states.request_state import states_from_json
from segrelay_plugin.states.views import state_views
from segrelay_plugin.tags import STATE, tags_in


def series_view(
    archive: Archive, record: SeriesRecord, metadata: Mapping[str, str], *, language: str
) -> Mapping[str, object]:
    """What a series is, how far its requests are, and what came of them."""
    tags = tags_in(metadata)
    return {
        "series_id": record.series_id,
        "candidate": tags is not None,
        "role": tags.role if tags else None,
        "candidate_models": tags.candidate_models if tags else (),
        "instance_count": record.instance_count,
        "states": state_views(states_from_json(metadata.get(STATE, "")), language=language),
        "results": result_views(archive, metadata),
    }
