# SPDX-License-Identifier: AGPL-3.0-or-later
from collections.abc import Mapping

from segrelay_plugin.archive import Archive
from segrelay_plugin.errors import UnknownSeriesError, UnknownStudyError
from segrelay_plugin.header_reading import read_headers
from segrelay_plugin.headers import header_row
from segrelay_plugin.rest import Reply, Request, error_reply
from segrelay_plugin.tags import tags_in

DEFAULT_LIMIT = 100
LARGEST_LIMIT = 1000  # series of the archive that one call looks at


class CandidatesRoute:
    """Lists the candidates page by page, so that Django can fill its table anew.

    A page covers so many series of the archive, whatever became of them: each costs the same,
    however many there are. A series that arrives meanwhile is told by its own event.
    """

    def __init__(self, *, archive: Archive) -> None:
        self._archive = archive

    def __call__(self, request: Request) -> Reply:
        """`next` is where the next page starts; null after the last one."""
        try:
            since = _number(request.query.get("since", "0"), smallest=0)
            limit = _number(request.query.get("limit", str(DEFAULT_LIMIT)), smallest=1)
        except ValueError:
            return error_reply(request, 400, "invalid_page")
        limit = min(limit, LARGEST_LIMIT)
        with_headers = request.query.get("headers") == "1"
        series_ids = self._archive.series_page(since=since, limit=limit)
        found = (self._candidate(series_id, with_headers=with_headers) for series_id in series_ids)
        following = since + limit if len(series_ids) == limit else None
        return Reply(
            200, {"success": True, "candidates": list(filter(None, found)), "next": following}
        )

    def _candidate(self, series_id: str, *, with_headers: bool) -> Mapping[str, object] | None:
        """One series as its event told it; None for what carries no tags, or is gone by now."""
        try:
            tags = tags_in(self._archive.metadata(series_id))
            if tags is None:
                return None
            record = self._archive.series(series_id)
            study_instance_uid = self._archive.study(record.study_id).study_instance_uid
            instances = read_headers(self._archive, series_id) if with_headers else []
        except (UnknownSeriesError, UnknownStudyError):
            return None
        candidate = {
            "series_id": series_id,
            "series_instance_uid": record.series_instance_uid,
            "study_id": record.study_id,
            "study_instance_uid": study_instance_uid,
            "role": tags.role,
            "candidate_models": tags.candidate_models,
            "instance_count": record.instance_count,
            "tagged_at": tags.tagged_at.isoformat(),
        }
        headers = [header_row(instance) for instance in instances]
        return {**candidate, "headers": headers} if with_headers else candidate


def _number(text: str, *, smallest: int) -> int:
    number = int(text)
    if number < smallest:
        raise ValueError(f"{number} is less than {smallest}")
    return number
