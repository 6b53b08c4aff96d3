# SPDX-License-Identifier: AGPL-3.0-or-later
from segrelay_plugin.archive import Archive
from segrelay_plugin.rest import Reply, Request
from segrelay_plugin.series_view import series_view


class StudyRoute:
    """Shows what the plugin made of each series of a study."""

    def __init__(self, *, archive: Archive) -> None:
        self._archive = archive

    def __call__(self, request: Request) -> Reply:
        """Reads only the index, and no image."""
        study_id = request.groups[0]
        archive = self._archive
        series = [
            series_view(
                archive,
                archive.series(series_id),
                archive.metadata(series_id),
                language=request.language,
            )
            for series_id in archive.series_of_study(study_id)
        ]
        return Reply(200, {"success": True, "study_id": study_id, "series": series})
