# SPDX-License-Identifier: AGPL-3.0-or-later
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from segrelay_plugin.errors import (
    ArchiveError,
    SegrelayPluginError,
    UnknownSeriesError,
    UnknownStudyError,
)
from segrelay_plugin.orthanc_api import OrthancApi

ALLOWS_THREADS = (4, 3)  # version of Orthanc's Python plugin
UNKNOWN_RESOURCE = 17  # OrthancPluginErrorCode_UnknownResource of the plugin SDK
IMAGES_OF_SERIES = "NumberOfSeriesRelatedInstances"  # Orthanc counts them
# Not the metadata: then Orthanc warns of each series that came while its index kept other tags.
SERIES_OF_STUDY: Mapping[str, object] = {
    "Level": "Series",
    "Query": {},
    "ResponseContent": ["MainDicomTags", "RequestedTags", "Parent", "IsStable"],
    "RequestedTags": [IMAGES_OF_SERIES],
}


@dataclass(frozen=True, slots=True)
class SeriesRecord:
    """What Orthanc's index knows of a series without opening a file."""

    series_id: str
    study_id: str
    series_instance_uid: str
    modality: str
    manufacturer: str
    instance_count: int
    is_stable: bool
    last_update: datetime


@dataclass(frozen=True, slots=True)
class StudyRecord:
    """Whose study it is; the patient's id goes nowhere but into comparisons."""

    study_instance_uid: str
    patient_id: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredInstance:
    """Where Orthanc put an object, or has it already."""

    status: str  # "Success", "AlreadyStored", or what a hospital's own filter led to
    instance_id: str
    series_id: str


@dataclass(frozen=True, slots=True)
class FoundInstance:
    """What Orthanc finds of an instance, keyword to text."""

    instance_id: str
    found: Mapping[str, str | None]  # what was asked for; None where the image has none
    kept: Mapping[str, str | None]  # what the index keeps of this very instance


class Archive:
    """Orthanc's own REST API in the words of this plugin.

    Each call raises UnknownSeriesError or UnknownStudyError for what is not there, and
    ArchiveError when Orthanc cannot answer.
    """

    def __init__(self, orthanc: OrthancApi) -> None:
        self._orthanc = orthanc

    @cached_property
    def _system(self) -> Mapping[str, Any]:
        return dict(self._get("/system"))

    @property
    def version(self) -> str:
        """Orthanc's own version."""
        return str(self._system["Version"])

    @property
    def has_labels(self) -> bool:
        """Labels came with Orthanc 1.12, and the database in use must know them too."""
        return bool(self._system.get("HasLabels", False))

    @cached_property
    def finds_tags(self) -> bool:
        """Whether `find_tags` may be used: fast, silent, and without holding up Python.

        From Orthanc 1.12.5 on, and where orthanc.json says so: else the call would keep all HTTP
        calls waiting, or write a warning for each image.
        """
        document = json.loads(self._orthanc.GetConfiguration())
        return (
            self._finds_all_at_once
            and document.get("Warnings", {}).get("W001_TagsBeingReadFromStorage") is False
            and document.get("Python", {}).get("AllowThreads") is True
            and _numbers(self._get("/plugins/python")["Version"]) >= ALLOWS_THREADS
        )

    @cached_property
    def tags_of_instances(self) -> frozenset[str]:
        """The tags ("0020,0037") that the index keeps for each instance."""
        return self._kept_tags("Instance")

    @cached_property
    def tags_of_parents(self) -> frozenset[str]:
        """The tags that the index keeps once for a series, study or patient, of its first image."""
        return self._kept_tags("Patient") | self._kept_tags("Study") | self._kept_tags("Series")

    def series_ids(self) -> list[str]:
        """Every series in the archive."""
        return [str(series_id) for series_id in self._get("/series")]

    def series_page(self, *, since: int, limit: int) -> list[str]:
        """So many series from a place in Orthanc's own order, that of their arrival."""
        page = self._get(f"/series?since={since}&limit={limit}")
        return [str(series_id) for series_id in page]

    def series(self, series_id: str) -> SeriesRecord:
        """One series as the index knows it."""
        found = self._series_in_study(series_id) if self._searches_for_ids else None
        if found is not None:
            return found
        answer = self._get(f"/series/{series_id}")
        return _record(answer, len(answer["Instances"]), answer["LastUpdate"])

    def study(self, study_id: str) -> StudyRecord:
        """One study as the index knows it."""
        answer = self._get(f"/studies/{study_id}")
        return StudyRecord(
            study_instance_uid=answer["MainDicomTags"].get("StudyInstanceUID", ""),
            patient_id=answer["PatientMainDicomTags"].get("PatientID", ""),
        )

    def series_of_study(self, study_id: str) -> list[str]:
        """The series of one study."""
        return [str(series_id) for series_id in self._get(f"/studies/{study_id}")["Series"]]

    def instance_ids(self, series_id: str) -> list[str]:
        """The instances of a series."""
        return [str(one) for one in self._get(f"/series/{series_id}")["Instances"]]

    def instance_tags(self, series_id: str) -> list[Mapping[str, object]]:
        """The header of each instance of a series, as `headers` gives it."""
        found = self.headers(self.instance_ids(series_id))
        if not found:
            raise UnknownSeriesError(series_id)
        return found

    def headers(self, instance_ids: Iterable[str]) -> list[Mapping[str, object]]:
        """The headers of some instances; one that is deleted in between is left out.

        One by one: while Orthanc answers us, nothing else of Python runs, which it asks at each
        HTTP call.
        """
        found = []
        for instance_id in instance_ids:
            with suppress(UnknownSeriesError):
                found.append(self.header(instance_id))
            time.sleep(0)  # who waits for Python may get it sooner than by turns
        return found

    def header(self, instance_id: str) -> Mapping[str, object]:
        """One header: DICOM keyword to text, sequences as lists."""
        return dict(self._get(f"/instances/{instance_id}/tags?simplify"))

    def find_tags(self, series_id: str, keywords: Sequence[str]) -> list[FoundInstance]:
        """These tags of each instance of a series, where `finds_tags` allows it."""
        wanted = ";".join(keywords)
        return [
            FoundInstance(str(one["ID"]), one["RequestedTags"], one["MainDicomTags"])
            for one in self._get(f"/series/{series_id}/instances?expand&requested-tags={wanted}")
        ]

    def header_items(self, instance_id: str, *sequences: str) -> list[str]:
        """Where the items of a sequence in sequences lie in a header; none where it is absent."""
        places = [f"/instances/{instance_id}/content"]
        for sequence in sequences:
            places = [
                f"{place}/{sequence}/{item}"
                for place in places
                for item in self._items(f"{place}/{sequence}")
            ]
        return places

    def header_text(self, item: str, keyword: str) -> str:
        """A value in one of `header_items`, without its padding; empty where it is absent."""
        try:
            return self._read(f"{item}/{keyword}").decode(errors="replace").strip(" \0")
        except UnknownSeriesError:
            return ""

    def sop_instance_uids(self, series_id: str) -> list[str]:
        """Of each instance of a series, from the index."""
        return [
            str(instance["MainDicomTags"]["SOPInstanceUID"])
            for instance in self._get(f"/series/{series_id}/instances")
        ]

    def ids_of(self, uid: str, *, level: str) -> list[str]:
        """Orthanc's ids of what has this UID at a level ("Series", "Instance"): often one, if any.

        Where the same UID stands in two studies, both are meant.
        """
        return [str(one["ID"]) for one in self._post("/tools/lookup", uid) if one["Type"] == level]

    def file(self, instance_id: str) -> bytes:
        """One instance as it is stored."""
        return self._read(f"/instances/{instance_id}/file")

    def store(self, content: bytes) -> StoredInstance:
        """Stores one DICOM file, as if it had come by HTTP."""
        answer = self._post("/instances", content)
        return StoredInstance(answer["Status"], answer["ID"], answer["ParentSeries"])

    def series_of_instance(self, instance_id: str) -> str:
        """Orthanc's id of the series that an instance is of."""
        return str(self._get(f"/instances/{instance_id}")["ParentSeries"])

    def series_of_instances(self, sop_instance_uids: Sequence[str]) -> list[str]:
        """The series of these instances, each once, as far as they are there."""
        found: dict[str, None] = {}
        for uid in sop_instance_uids:
            for instance_id in self.ids_of(uid, level="Instance"):
                found[self.series_of_instance(instance_id)] = None
        return list(found)

    def metadata(self, series_id: str) -> Mapping[str, str]:
        """All metadata of a series, by name."""
        return dict(self._get(f"/series/{series_id}/metadata?expand"))

    def put_metadata(self, series_id: str, name: str, value: str) -> None:
        """Sets one metadata; an empty value is allowed."""
        self._put(f"/series/{series_id}/metadata/{name}", value)

    def remove_metadata(self, series_id: str, name: str) -> None:
        """Removes one metadata, which may be absent."""
        self._delete(f"/series/{series_id}/metadata/{name}")

    def labels(self, series_id: str) -> frozenset[str]:
        """All labels of a series, where `has_labels` says that there are any."""
        return frozenset(self._get(f"/series/{series_id}/labels"))

    def add_label(self, series_id: str, label: str) -> None:
        """Sets a label, where `has_labels` says that there are any."""
        self._put(f"/series/{series_id}/labels/{label}", "")

    def remove_label(self, series_id: str, label: str) -> None:
        """Removes a label, which may be absent, where `has_labels` says that there are any."""
        self._delete(f"/series/{series_id}/labels/{label}")

    @cached_property
    def _finds_all_at_once(self) -> bool:
        """Whether Orthanc is of version 1.12.5 or later, and its database keeps up with it."""
        return bool(self._system.get("Capabilities", {}).get("HasExtendedFind", False))

    @property
    def _searches_for_ids(self) -> bool:
        """Whether what is asked for by its id is looked for among all: Orthanc 1.12.7 on SQLite."""
        return self._finds_all_at_once and self._system.get("DatabaseBackendPlugin") is None

    def _series_in_study(self, series_id: str) -> SeriesRecord | None:
        """A series found among those of its study; None where Orthanc may not tell of so many.

        By its id it would be looked for among all images of the archive.
        """
        study_id = self._get(f"/series/{series_id}/study")["ID"]
        series_of_study = json.dumps({**SERIES_OF_STUDY, "ParentStudy": study_id})
        for answer in self._post("/tools/find", series_of_study):
            if answer["ID"] == series_id:
                count = int(answer["RequestedTags"][IMAGES_OF_SERIES])
                last_update = self._read(f"/series/{series_id}/metadata/LastUpdate").decode()
                return _record(answer, count, last_update)
        return None

    def _kept_tags(self, level: str) -> frozenset[str]:
        return frozenset(self._system["MainDicomTags"][level].split(";"))

    def _items(self, sequence: str) -> list[str]:
        try:
            return [str(item) for item in self._get(sequence)]
        except UnknownSeriesError:
            return []

    def _get(self, uri: str) -> Any:  # noqa: ANN401 - the shape differs by route
        return json.loads(self._read(uri))

    def _read(self, uri: str) -> bytes:
        try:
            return self._orthanc.RestApiGet(uri)
        except self._orthanc.OrthancException as error:
            raise _translated(error, uri) from error

    def _post(self, uri: str, body: str | bytes) -> Any:  # noqa: ANN401 - the shape differs by route
        content = body.encode() if isinstance(body, str) else body
        try:
            return json.loads(self._orthanc.RestApiPost(uri, content))
        except self._orthanc.OrthancException as error:
            raise _translated(error, uri) from error

    def _put(self, uri: str, text: str) -> None:
        try:
            self._orthanc.RestApiPut(uri, text.encode())
        except self._orthanc.OrthancException as error:
            raise _translated(error, uri) from error

    def _delete(self, uri: str) -> None:
        try:
            self._orthanc.RestApiDelete(uri)
        except self._orthanc.OrthancException as error:
            raise _translated(error, uri) from error


def _translated(error: Exception, uri: str) -> SegrelayPluginError:
    if error.args and error.args[0] == UNKNOWN_RESOURCE:
        return UnknownStudyError(uri) if uri.startswith("/studies/") else UnknownSeriesError(uri)
    return ArchiveError(f"{uri}: {error}")


def _record(answer: Mapping[str, Any], instance_count: int, last_update: str) -> SeriesRecord:
    tags = answer["MainDicomTags"]
    return SeriesRecord(
        series_id=answer["ID"],
        study_id=answer["ParentStudy"],
        series_instance_uid=tags.get("SeriesInstanceUID", ""),
        modality=tags.get("Modality", ""),
        manufacturer=tags.get("Manufacturer", ""),
        instance_count=instance_count,
        is_stable=answer["IsStable"],
        last_update=_orthanc_time(last_update),
    )


def _numbers(version: str) -> tuple[int, ...]:
    """Of a version like 4.3; none of one that is only a name."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _orthanc_time(text: str) -> datetime:
    """Orthanc writes its times as 20260131T235959, in UTC."""
    return datetime.strptime(text, "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
