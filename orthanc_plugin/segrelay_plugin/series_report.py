# SPDX-License-Identifier: AGPL-3.0-or-later
from segrelay_plugin.archive import Archive, SeriesRecord
from segrelay_plugin.configuration import Configuration
from segrelay_plugin.geometry import geometry_view
from segrelay_plugin.rest import Reply, Request
from segrelay_plugin.rules.judgement import NotLookedAt, Reason, judge
from segrelay_plugin.series_view import series_view
from segrelay_plugin.tagging import read_instances
from segrelay_plugin.tags import GEOMETRY, tags_in


class SeriesRoute:
    """Shows what the plugin made of a series: its tags, or the reasons why it has none."""

    def __init__(self, *, archive: Archive, configuration: Configuration) -> None:
        self._archive = archive
        self._configuration = configuration

    def __call__(self, request: Request) -> Reply:
        """Reads only; a series that is not tagged is judged again to name the reasons."""
        record = self._archive.series(request.groups[0])
        metadata = self._archive.metadata(record.series_id)
        tags = tags_in(metadata)
        reasons = () if tags else self._reasons(record)
        return Reply(
            200,
            {
                "success": True,
                **series_view(self._archive, record, metadata, language=request.language),
                "rule": tags.rule if tags else None,
                "tagged_at": tags.tagged_at.isoformat() if tags else None,
                "geometry": geometry_view(metadata.get(GEOMETRY, "")),
                "reasons": [reason.sentence(request.language) for reason in reasons],
            },
        )

    def _reasons(self, record: SeriesRecord) -> tuple[Reason, ...]:
        rules = self._configuration.rules.state()
        if not rules.rules:
            return (NotLookedAt("no_rules", {"problem": rules.problem}),)
        judgement = judge(
            modality=record.modality,
            instances=read_instances(self._archive, record),
            rules=rules.rules,
        )
        return (NotLookedAt("not_tagged_yet"),) if judgement.rule else judgement.reasons
