# SPDX-License-Identifier: AGPL-3.0-or-later
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from segrelay_plugin.archive import Archive, SeriesRecord
from segrelay_plugin.events import SeriesDeleted, SeriesStable
from segrelay_plugin.geometry import geometry_of
from segrelay_plugin.header_reading import read_headers
from segrelay_plugin.headers import header_row, mr_images
from segrelay_plugin.outbox import Outbox
from segrelay_plugin.rules.in_force import RulesSource
from segrelay_plugin.rules.judgement import judge
from segrelay_plugin.rules.rule import Rule
from segrelay_plugin.tags import SeriesTags, is_marked, read_tags, remove_tags, write_tags

EVENTS = uuid.UUID("2f0b6f8e-5d0c-4c1e-9a55-6b1f0f4f7a3d")  # names of events are made within it
NO_RULE = Rule("")  # asks for nothing

Tags = Mapping[str, object]


class Tagger:
    """Judges stable series, marks the candidates in Orthanc, and notes what Django must hear."""

    def __init__(
        self,
        *,
        archive: Archive,
        rules: RulesSource,
        outbox: Outbox,
        now: Callable[[], datetime],
    ) -> None:
        self._archive = archive
        self._rules = rules
        self._outbox = outbox
        self._now = now
        self._tagged: set[str] = set()  # as far as this process looked at them
        self._noted: dict[str, str] = {}  # event by series, until the series carries its tags

    def tag_series(self, *, series_id: str) -> None:
        """Judges one series that stopped growing.

        The outbox comes first: a crash between the two may tell Django twice, never not at all.
        """
        rules = self._rules.state().rules
        if not rules:
            return
        record = self._archive.series(series_id)
        instances = read_instances(self._archive, record)
        judgement = judge(modality=record.modality, instances=instances, rules=rules)
        if judgement.rule is None:
            self._withdraw(record, instances)
            return
        self._note(_stable_event(record, judgement.rule, instances))
        tags = self._tags(record, judgement.rule)
        write_tags(self._archive, series_id, tags, geometry_of(mr_images(instances)))
        self._tagged.add(series_id)
        self._noted.pop(series_id, None)

    def _withdraw(self, record: SeriesRecord, instances: Sequence[Tags]) -> None:
        """Takes back what was said of a series that grew into none that a rule wants."""
        if not (instances and is_marked(self._archive.metadata(record.series_id))):
            return
        self._note(_stable_event(record, None, instances))
        remove_tags(self._archive, record.series_id)
        self._tagged.discard(record.series_id)
        self._noted.pop(record.series_id, None)

    def forget_series(self, *, series_id: str) -> None:
        """Notes that a series was deleted."""
        self._tagged.discard(series_id)
        self._noted.pop(series_id, None)
        self._outbox.add(SeriesDeleted(series_id=series_id))

    def is_tagged(self, record: SeriesRecord) -> bool:
        """Whether a series was tagged as it is now; one that grew since was not."""
        tags = read_tags(self._archive, record.series_id)
        if tags is None:
            return False
        self._tagged.add(record.series_id)
        return tags.instance_count == record.instance_count

    @property
    def tagged_count(self) -> int:
        """How many series carry tags; after a start it grows until all were looked at."""
        return len(self._tagged)

    def _note(self, event: SeriesStable) -> None:
        """Notes an event once, however often its series could not be marked afterwards."""
        if self._noted.get(event.series_id) == event.event_id:
            return
        self._outbox.add(event)
        self._noted[event.series_id] = event.event_id

    def _tags(self, record: SeriesRecord, rule: Rule) -> SeriesTags:
        return SeriesTags(
            role=rule.role,
            candidate_models=rule.candidate_models,
            rule=rule.name,
            instance_count=record.instance_count,
            tagged_at=self._now(),
        )


def read_instances(archive: Archive, record: SeriesRecord) -> Sequence[Tags]:
    """The headers to judge a series by; none for other modalities, as a CT may be large."""
    return read_headers(archive, record.series_id) if record.modality == "MR" else []


def _stable_event(
    record: SeriesRecord, rule: Rule | None, instances: Sequence[Tags]
) -> SeriesStable:
    """Without a rule it says that the series is no candidate any more."""
    headers = tuple(header_row(tags) for tags in instances)
    said = rule or NO_RULE
    return SeriesStable(
        series_id=record.series_id,
        series_instance_uid=record.series_instance_uid,
        study_id=record.study_id,
        study_instance_uid=headers[0].get("StudyInstanceUID", ""),
        role=said.role,
        candidate_models=said.candidate_models,
        request_now=said.request_now,
        request_for=said.request_for,
        priority=said.priority,
        again_when_grown=said.again_when_grown,
        headers=headers,
        candidate=rule is not None,
        event_id=_event_id(record) if rule else _event_id(record, "no candidate"),
    )


def _event_id(record: SeriesRecord, *more: str) -> str:
    """The same for the same images; a series that was deleted and sent again is another event."""
    arrival = (record.series_id, str(record.instance_count), record.last_update.isoformat())
    return str(uuid.uuid5(EVENTS, "/".join((*arrival, *more))))
