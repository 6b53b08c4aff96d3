"""An archive as it lists itself: studies and series in Orthanc's own form, from memory."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import httpx

Json = dict[str, Any]
PNG = b"\x89PNG\r\n\x1a\n a picture"


def study_record(study_id: str = "study-1", **tags: str) -> Json:
    """One study as `/tools/find` tells of it."""
    patient = {"PatientID": "P-1", "PatientName": "Hong^Gildong"}
    main = {"StudyDate": "20260131", "StudyTime": "120000", "StudyDescription": "Head"}
    own = {**patient, **main, **tags}
    return {
        "ID": study_id,
        "MainDicomTags": {name: own[name] for name in own if name not in patient},
        "PatientMainDicomTags": {name: own[name] for name in patient},
    }


def series_record(
    series_id: str = "series-1", *, study_id: str = "study-1", images: int = 3, **tags: str
) -> Json:
    """One series as `/tools/find` tells of it."""
    main = {"Modality": "MR", "SeriesDescription": "T1 MPRAGE", "SeriesNumber": "4", **tags}
    return {
        "ID": series_id,
        "ParentStudy": study_id,
        "Instances": [f"{series_id}-{index}" for index in range(images)],
        "MainDicomTags": main,
    }


@dataclass
class ArchiveListing:
    """Callable as an httpx transport handler."""

    studies: list[Json] = field(default_factory=lambda: [study_record()])
    series: list[Json] = field(default_factory=lambda: [series_record()])
    pictures: dict[str, bytes] = field(default_factory=dict)  # instance → PNG
    is_down: bool = False
    told: set[str] = field(default_factory=set)  # ids of what was found

    def find(self, level: str, query: dict[str, str]) -> list[Json]:
        """The studies, or the series, of a modality and of days from one on."""
        first_day = query.get("StudyDate", "").removesuffix("-")
        studies = [one for one in self.studies if one["MainDicomTags"]["StudyDate"] >= first_day]
        if level == "Study":
            return studies
        study_ids = {one["ID"] for one in studies}
        return [
            one
            for one in self.series
            if one["ParentStudy"] in study_ids
            and one["MainDicomTags"]["Modality"] == query["Modality"]
        ]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.is_down:
            raise httpx.ConnectError("refused", request=request)
        match request.url.path.strip("/").split("/"):
            case ["tools", "find"]:
                wanted = json.loads(request.content)
                found = self.find(wanted["Level"], wanted["Query"])
                self.told |= {one["ID"] for one in found}
                return httpx.Response(200, json=found)
            case ["instances", instance, "preview"] if instance in self.pictures:
                return httpx.Response(200, content=self.pictures[instance])
        return httpx.Response(404)
