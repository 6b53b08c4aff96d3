"""A stand-in for Orthanc's `orthanc` module: a few series, their metadata, and nothing else."""
# The names are Orthanc's.
# ruff: noqa: N802

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

from builders.tickets import SECRET

from segrelay_plugin.tags import USER_METADATA

UNKNOWN_RESOURCE = 17
DATABASE_ERROR = 11
BAD_FILE_FORMAT = 15
OF_INSTANCES = {
    "SOPInstanceUID": "0008,0018",
    "InstanceNumber": "0020,0013",
    "ImageOrientationPatient": "0020,0037",
}
FORMATS = SimpleNamespace(FULL=1, SHORT=2, HUMAN=3)
FLAGS = SimpleNamespace(INCLUDE_BINARY=1, INCLUDE_PRIVATE_TAGS=2, INCLUDE_UNKNOWN_TAGS=4)


class FakeOrthancError(Exception):
    """What the fake raises where Orthanc raises its OrthancException."""


class FakeMetricsType(Enum):
    """The kinds of figures that Orthanc knows."""

    DEFAULT = 0


@dataclass
class FakeSeries:
    """One series of the fake archive."""

    instances: Sequence[Mapping[str, object]]
    modality: str = "MR"
    manufacturer: str = "Phantom Works"
    is_stable: bool = True
    last_update: str = "20260131T120000"
    metadata: dict[str, str] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    study_id: str = "aaaa-bbbb"


@dataclass
class FakeOrthanc:
    """The functions of the module that the plugin uses."""

    folder: Path
    series: dict[str, FakeSeries] = field(default_factory=dict)
    configuration: dict[str, Any] = field(default_factory=dict)
    has_labels: bool = False
    tags_of_series: dict[str, str] | None = None  # keyword → tag; None: it cannot find tags
    reads_files: bool = True  # where it looks for tags that the index does not keep
    python_plugin_version: str = "5.0"
    most_found: int | None = None  # LimitFindResults
    database_plugin: str | None = None
    is_broken: bool = False
    log: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    deleted_instances: set[str] = field(default_factory=set)  # places; the series still lists them
    read: list[tuple[int, int, int]] = field(default_factory=list)
    metrics: dict[str, float] = field(default_factory=dict)

    OrthancException: type[Exception] = FakeOrthancError
    MetricsType: type[FakeMetricsType] = FakeMetricsType
    DicomToJsonFormat: Any = field(default_factory=lambda: FORMATS)
    DicomToJsonFlags: Any = field(default_factory=lambda: FLAGS)

    def RestApiGet(self, uri: str) -> bytes:
        self._check_health()
        self.asked.append(uri)
        answer = self._answer(uri)
        return answer if isinstance(answer, bytes) else json.dumps(answer).encode()

    def RestApiPut(self, uri: str, body: bytes) -> bytes:
        self._check_health()
        _, _, series_id, kind, name = uri.split("/")
        series = self._find(series_id)
        if kind == "labels":
            series.labels = sorted({*series.labels, name})
        else:
            series.metadata[name] = body.decode()
        return b""

    def RestApiDelete(self, uri: str) -> bytes:
        self._check_health()
        _, _, series_id, kind, name = uri.split("/")
        series = self._find(series_id)
        if name not in getattr(series, kind):
            raise FakeOrthancError(UNKNOWN_RESOURCE, "Unknown resource")
        if kind == "labels":
            series.labels.remove(name)
        else:
            del series.metadata[name]
        return b""

    def RestApiPost(self, uri: str, body: bytes) -> bytes:
        self._check_health()
        self.asked.append(uri)
        if uri == "/tools/lookup":
            return json.dumps(self._looked_up(body.decode())).encode()
        if uri == "/tools/find":
            return json.dumps(self._series_found_in(json.loads(body)["ParentStudy"])).encode()
        raise FakeOrthancError(UNKNOWN_RESOURCE, "Unknown resource")

    def DicomBufferToJson(
        self, buffer: bytes, format_: int, flags: int, max_string_length: int, /
    ) -> str:
        """What stands behind the mark of a DICOM file counts as its tags."""
        self.read.append((format_, flags, max_string_length))
        if buffer[132:133] != b"{":
            raise FakeOrthancError(BAD_FILE_FORMAT, "Bad file format")
        return buffer[132:].decode()

    def GetConfiguration(self) -> str:
        return json.dumps(self.configuration)

    def GetConfigurationPath(self) -> str:
        return str(self.folder / "orthanc.json")

    def SetMetricsValue(self, name: str, value: float, kind: object) -> None:
        assert kind is FakeMetricsType.DEFAULT
        self.metrics[name] = value

    def LogError(self, message: str) -> None:
        self.log.append(f"E {message}")

    def LogWarning(self, message: str) -> None:
        self.log.append(f"W {message}")

    def LogInfo(self, message: str) -> None:
        self.log.append(f"I {message}")

    def _check_health(self) -> None:
        if self.is_broken:
            raise FakeOrthancError(DATABASE_ERROR, "Error with the database engine")

    def _answer(self, uri: str) -> object:
        path, _, query = uri.partition("?") if uri.startswith("/series?") else (uri, "", "")
        _, kind, *rest = path.split("/")
        if kind == "system":
            return self._system()
        if kind == "plugins":
            return {"Version": self.python_plugin_version}
        if kind == "instances":
            return self._answer_of_instance(*rest)
        if kind == "studies":
            return _study(self._series_of_study(rest[0]))
        return self._answer_of_series(*rest) if rest else self._page(**dict(parse_qsl(query)))

    def _system(self) -> dict[str, object]:
        system: dict[str, object] = {"Version": "1.12.7"}
        if self.has_labels:
            system["HasLabels"] = True
        if self.tags_of_series is not None:
            system["Capabilities"] = {"HasExtendedFind": True}
            system["DatabaseBackendPlugin"] = self.database_plugin
            system["MainDicomTags"] = {
                "Patient": "0010,0020",
                "Study": "0020,000d",
                "Series": ";".join(self.tags_of_series.values()),
                "Instance": ";".join(OF_INSTANCES.values()),
            }
        return system

    def _looked_up(self, uid: str) -> list[dict[str, str]]:
        return [
            {"Type": "Instance", "ID": f"{series_id}+{place}"}
            for series_id, series in self.series.items()
            for place, tags in enumerate(series.instances)
            if tags["SOPInstanceUID"] == uid
        ]

    def _series_found_in(self, study_id: str) -> list[dict[str, object]]:
        """What of the series of a study Orthanc finds without looking at their images."""
        names = [name for name, series in self.series.items() if series.study_id == study_id]
        return [
            _found_series(_record(name, self.series[name])) for name in names[: self.most_found]
        ]

    def _page(self, since: str = "0", limit: str = "") -> list[str]:
        end = int(since) + int(limit) if limit else None
        return list(self.series)[int(since) : end]

    def _answer_of_instance(self, instance_id: str, *rest: str) -> object:
        parent, _, place = instance_id.partition("+")
        series = self._find(parent)
        if rest == ("tags?simplify",):
            if place in self.deleted_instances:
                raise FakeOrthancError(UNKNOWN_RESOURCE, "Unknown resource")
            return series.instances[int(place)]
        if rest[:1] == ("content",):
            return _content(series.instances[int(place)], rest[1:])
        return {"ParentSeries": parent}

    def _answer_of_series(self, series_id: str, *rest: str) -> object:
        series = self._find(series_id)
        if rest == ("metadata?expand",):
            return series.metadata
        if rest == ("labels",):
            return series.labels
        if rest == ("metadata", "LastUpdate"):
            return series.last_update.encode()
        if rest == ("study",):
            return {"ID": series.study_id}
        if rest and rest[0].startswith("instances?expand&requested-tags="):
            return self._found(series_id, series, rest[0].partition("=")[2].split(";"))
        return _record(series_id, series)

    def _found(self, series_id: str, series: FakeSeries, wanted: list[str]) -> object:
        """What the index keeps of a series stands in for each image's own, as in Orthanc."""
        if any(str(place) in self.deleted_instances for place in range(len(series.instances))):
            raise FakeOrthancError(UNKNOWN_RESOURCE, "Unknown resource")
        first = series.instances[0]
        of_series = {name: first.get(name) for name in self.tags_of_series or ()}
        named = wanted if self.reads_files else ["SOPClassUID"]
        return [
            {
                "ID": f"{series_id}+{place}",
                "RequestedTags": {name: ({**tags, **of_series}).get(name) for name in named},
                "MainDicomTags": {name: tags[name] for name in OF_INSTANCES if name in tags},
            }
            for place, tags in enumerate(series.instances)
        ]

    def _series_of_study(self, study_id: str) -> list[str]:
        found = [name for name, series in self.series.items() if series.study_id == study_id]
        if not found:
            raise FakeOrthancError(UNKNOWN_RESOURCE, "Unknown resource")
        return found

    def _find(self, series_id: str) -> FakeSeries:
        if series_id not in self.series:
            raise FakeOrthancError(UNKNOWN_RESOURCE, "Unknown resource")
        return self.series[series_id]


@dataclass
class FakeOutput:
    """Takes one answer, as the `output` of a REST callback does."""

    wants_size: bool = False  # as before version 4.1 of Orthanc's Python plugin
    status: int = 0
    body: str = ""
    size: int | None = None
    allowed: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def AnswerBuffer(self, body: str, content_type: str) -> None:
        self.status, self.body = 200, body
        self.headers["Content-Type"] = content_type

    def SetHttpHeader(self, key: str, value: str) -> None:
        self.headers[key] = value

    def SendHttpStatus(self, status: int, body: str, *size: int) -> None:
        if len(size) != int(self.wants_size):
            raise TypeError("Bad types for the arguments")
        self.status, self.body = status, body
        self.size = size[0] if size else None

    def SendMethodNotAllowed(self, allowed: str) -> None:
        self.status, self.allowed = 405, allowed

    @property
    def payload(self) -> Any:
        return json.loads(self.body)


def good_configuration(*, django_url: str = "http://127.0.0.1:9/api/") -> dict[str, Any]:
    """What the plugin needs in orthanc.json."""
    return {
        "StorageDirectory": "storage",
        "StableAge": 60,
        "UserMetadata": dict(USER_METADATA),
        "AuthenticationEnabled": True,
        "RegisteredUsers": {"orthanc": "long", "worker": "longer"},
        "Segrelay": {
            "DjangoUrl": django_url,
            "Token": "secret",
            "RulesFile": "rules.toml",
            "Tickets": {"Secret": SECRET},
        },
    }


def mr_tags(**changes: object) -> dict[str, object]:
    """The simplified header of one MR image, patient tags included, as Orthanc gives it."""
    tags: dict[str, object] = {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.4",
        "SOPInstanceUID": "1.2.3.1",
        "SeriesInstanceUID": "1.2.3",
        "StudyInstanceUID": "1.2",
        "Modality": "MR",
        "PatientName": "Test^Phantom",
        "PatientID": "PHANTOM-1",
        "InstanceNumber": "1",
        "EchoTime": "3",
        "SeriesDescription": "T1 MPRAGE",
    }
    return {key: value for key, value in (tags | changes).items() if value is not None}


def _content(tags: Mapping[str, object], path: Sequence[str]) -> object:
    """The text at a path of keywords and places; of a sequence the places of its items."""
    found: Any = tags
    for step in path:
        try:
            found = found[int(step) if step.isdigit() else step]
        except LookupError as error:
            raise FakeOrthancError(UNKNOWN_RESOURCE, "Unknown resource") from error
    if isinstance(found, list):
        return [str(place) for place in range(len(found))]
    return str(found).encode()


def _study(series_ids: list[str]) -> dict[str, object]:
    return {
        "Series": series_ids,
        "MainDicomTags": {"StudyInstanceUID": "1.2"},
        "PatientMainDicomTags": {"PatientID": "PHANTOM-1"},
    }


def _record(series_id: str, series: FakeSeries) -> dict[str, Any]:
    return {
        "ID": series_id,
        "Instances": [f"{series_id}+{place}" for place in range(len(series.instances))],
        "IsStable": series.is_stable,
        "LastUpdate": series.last_update,
        "MainDicomTags": {
            "Modality": series.modality,
            "Manufacturer": series.manufacturer,
            "SeriesInstanceUID": "1.2.3",
        },
        "ParentStudy": series.study_id,
    }


def _found_series(record: Mapping[str, Any]) -> dict[str, object]:
    """A series in the words of a search."""
    return {
        **{key: record[key] for key in ("ID", "IsStable", "MainDicomTags", "ParentStudy")},
        "RequestedTags": {"NumberOfSeriesRelatedInstances": str(len(record["Instances"]))},
    }
