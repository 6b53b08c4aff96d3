# SPDX-License-Identifier: AGPL-3.0-or-later
from segrelay_plugin.archive import Archive
from segrelay_plugin.errors import UnknownSeriesError
from segrelay_plugin.tags import REQUEST


def request_of_result(archive: Archive, series_id: str) -> str | None:
    """The request that a stored result came of; None for what is no result, or is gone."""
    try:
        return archive.metadata(series_id).get(REQUEST)
    except UnknownSeriesError:
        return None
