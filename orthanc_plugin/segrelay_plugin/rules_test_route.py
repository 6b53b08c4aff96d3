# SPDX-License-Identifier: AGPL-3.0-or-later
import re
from collections.abc import Mapping, Sequence

from segrelay_plugin.archive import Archive
from segrelay_plugin.errors import UnknownSeriesError
from segrelay_plugin.rest import Reply, Request, error_reply
from segrelay_plugin.rules.given_tags import given_tags, out_of_reach
from segrelay_plugin.rules.in_force import RulesSource
from segrelay_plugin.rules.judgement import Judgement, NotLookedAt, judge
from segrelay_plugin.rules.shown import shown
from segrelay_plugin.tagging import read_instances

SERIES_ID = re.compile("[0-9a-f-]+")


class RulesTestRoute:
    """Says what the rules make of a series in the archive, or of tags; nothing is changed."""

    def __init__(self, *, archive: Archive, rules: RulesSource) -> None:
        self._archive = archive
        self._rules = rules

    def __call__(self, request: Request) -> Reply:
        """Takes {"series_id": …} or {"tags": {keyword: value…}, "images": n}."""
        match _document(request):
            case {"series_id": str(series_id), **rest} if not rest:
                return self._of_series(request, series_id)
            case {"tags": dict(tags), **rest} if rest.keys() <= {"images"}:
                return self._of_tags(request, tags, rest.get("images"))
        return error_reply(request, 400, "invalid_rules_test")

    def _of_series(self, request: Request, series_id: str) -> Reply:
        if not SERIES_ID.fullmatch(series_id):
            return error_reply(request, 404, "unknown_series", series_id=series_id)
        try:
            record = self._archive.series(series_id)
            instances = read_instances(self._archive, record)
        except UnknownSeriesError:
            return error_reply(request, 404, "unknown_series", series_id=series_id)
        return self._answer(request, modality=record.modality, instances=instances)

    def _of_tags(self, request: Request, tags: Mapping[str, object], images: object) -> Reply:
        try:
            header = given_tags(tags)
            count = _count(images)
        except (TypeError, ValueError, RecursionError):
            return error_reply(request, 400, "invalid_rules_test")
        answer = self._answer(
            request, modality=str(header["Modality"]), instances=[header], count=count
        )
        return Reply(answer.status, {**answer.payload, "ignored": out_of_reach(tags)})

    def _answer(
        self,
        request: Request,
        *,
        modality: str,
        instances: Sequence[Mapping[str, object]],
        count: int | None = None,
    ) -> Reply:
        state = self._rules.state()
        judgement = (
            judge(modality=modality, instances=instances, rules=state.rules, count=count)
            if state.rules
            else Judgement(None, (NotLookedAt("no_rules", {"problem": state.problem}),))
        )
        return Reply(200, {"success": True, **shown(judgement, request.language)})


def _document(request: Request) -> object:
    try:
        return request.document()
    except ValueError:
        return None


def _count(images: object) -> int | None:
    """Raises ValueError for what is no number of images; None leaves it to the tags."""
    if images is None:
        return None
    if isinstance(images, bool) or not isinstance(images, int) or images < 1:
        raise ValueError("images is a number from 1 on")
    return images
