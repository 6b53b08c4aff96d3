"""Results that are handed in by the plugin's route of a real Orthanc: which are taken, and how."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any, Literal
from zipfile import ZipFile

import pytest
import requests
from builders.many_slices_in_one import enhanced_mr, mosaic
from builders.minimal_mr import as_bytes, mr_series, upload
from builders.mr_series import SeriesPlan, build_series
from builders.results_of import results_of
from builders.tickets import signed, ticket_payload
from fakes.django_server import FakeDjango
from integration.archive_of_tickets import HEADER, new_request
from integration.conftest import AnOrthanc
from integration.orthanc_server import OrthancServer
from integration.polling import until
from integration.ticket_secret import TICKET_SECRET
from integration.unique_series import unique
from pydicom import Dataset, dcmread
from pydicom.uid import MRImageStorage, generate_uid

from segrelay_contract.leases import SupersededObject
from segrelay_contract.results import ReportedResult

KINDS = ["SEG", "SC", "SR"]


@dataclass(frozen=True)
class Lease:
    """One request for some series of an archive."""

    orthanc: OrthancServer
    request: str
    series: tuple[str, ...]

    def ticket(self, **changes: object) -> str:
        study = self.orthanc.get(f"/series/{self.series[0]}")["ParentStudy"]
        payload = ticket_payload(now=time.time(), request=self.request, study=study)
        return signed(payload | {"series": self.series} | changes, secret=TICKET_SECRET)

    def hand_in(self, content: bytes, **arguments: Any) -> requests.Response:
        """As its worker."""
        arguments.setdefault("auth", self.orthanc.worker)
        if "headers" not in arguments:
            arguments["headers"] = {HEADER: self.ticket()}
        path = f"/segrelay/requests/{self.request}/results"
        return self.orthanc.call("POST", path, data=content, **arguments)


@pytest.fixture(scope="module")
def django() -> Iterator[FakeDjango]:
    with FakeDjango() as fake:
        yield fake


@pytest.fixture(scope="module")
def orthanc(
    tmp_path_factory: pytest.TempPathFactory, django: FakeDjango, new_orthanc: AnOrthanc
) -> Iterator[OrthancServer]:
    folder = tmp_path_factory.mktemp("orthanc")
    with new_orthanc(folder, django_url=django.url, tickets_required=True) as server:
        yield server


def lease(orthanc: OrthancServer, *inputs: Sequence[Dataset]) -> Lease:
    """Stores the inputs, and hands out a lease for them."""
    ids = [upload(images, url=orthanc.url, auth=orthanc.admin)[0] for images in inputs]
    return Lease(orthanc, new_request(), tuple(ids))


def told(django: FakeDjango, leased: Lease) -> list[dict[str, Any]]:
    return [event for event in django.events if event.get("request_id") == leased.request]


def beside(plan: SeriesPlan) -> SeriesPlan:
    """Another series of the same study, on the same grid."""
    changes: dict[str, object] = {
        "StudyInstanceUID": plan.uid(1),
        "FrameOfReferenceUID": plan.uid(3),
        "SeriesNumber": 9,
    }
    return replace(plan, seed=1, changes=changes)


def one_missing(plan: SeriesPlan) -> list[Dataset]:
    return [image for image in build_series(plan) if image.SOPInstanceUID != plan.uid(4, 3)]


def test_a_result_is_stored_linked_and_told(
    orthanc: OrthancServer, django: FakeDjango, tmp_path: Path
) -> None:
    images = build_series(unique())
    leased = lease(orthanc, images)
    files = results_of(tmp_path, images)
    assert list(files) == KINDS
    answers = [leased.hand_in(content) for content in files.values()]
    assert [answer.status_code for answer in answers] == [200] * 3
    until(lambda: len(told(django, leased)) == 3, what="Django hears of all three")
    links = []
    for kind, answer, event in zip(KINDS, map(_json, answers), told(django, leased), strict=True):
        stored = orthanc.get(f"/instances/{answer['orthanc_id']}")
        assert answer["success"] is True
        assert answer["status"] == "Success"
        assert answer["orthanc_series_id"] == stored["ParentSeries"]
        series_id = stored["ParentSeries"]
        metadata = orthanc.get(f"/series/{series_id}/metadata?expand")
        assert metadata["SegrelayRequest"] == leased.request
        assert (event["event"], event["kind"], event["attempt"]) == ("result_stored", kind, 1)
        assert event["series_id"] == leased.series[0]
        assert (event["orthanc_id"], event["orthanc_series_id"]) == (
            answer["orthanc_id"],
            series_id,
        )
        assert event["sop_instance_uid"] == stored["MainDicomTags"]["SOPInstanceUID"]
        links.append({"request_id": leased.request, "kind": kind, "series_id": series_id})
    shown = orthanc.get(f"/segrelay/series/{leased.series[0]}")["results"]
    assert [{key: link[key] for key in links[0]} for link in shown] == links
    *others, report = told(django, leased)
    assert [event["result"] for event in others] == [None, None]
    assert ReportedResult.model_validate(report["result"]).segments[0].voxel_count > 0


def test_what_is_handed_in_again_is_there_already_and_readable_to_compare(
    orthanc: OrthancServer, django: FakeDjango, tmp_path: Path
) -> None:
    images = build_series(unique())
    leased = lease(orthanc, images)
    for content in results_of(tmp_path, images).values():
        first, again = _json(leased.hand_in(content)), _json(leased.hand_in(content))
        assert (first["status"], again["status"]) == ("Success", "AlreadyStored")
        assert first["orthanc_id"] == again["orthanc_id"]
        file = orthanc.call(
            "GET",
            f"/instances/{again['orthanc_id']}/file",
            auth=orthanc.worker,
            headers={HEADER: leased.ticket()},
        )
        assert file.content == content
    assert len(orthanc.get(f"/segrelay/series/{leased.series[0]}")["results"]) == 3
    # The same work for another request: its report says the same, and belongs to both.
    later = replace(leased, request=new_request())
    assert _json(later.hand_in(content))["status"] == "AlreadyStored"
    until(lambda: told(django, later), what="Django hears of the later request")
    assert told(django, later)[0]["result"] == told(django, leased)[-1]["result"] is not None


def _nothing_found() -> list[list[Dataset]]:
    return [build_series(unique(lesion=False))]


def _several_inputs() -> list[list[Dataset]]:
    plan = unique()
    return [build_series(plan), build_series(beside(plan))]


def _two_frames() -> list[list[Dataset]]:
    return [[enhanced_mr(unique())]]


def _mosaic() -> list[list[Dataset]]:
    return [[mosaic(unique())]]


def _interpolated() -> list[list[Dataset]]:
    return [one_missing(unique(SeriesPlan()))]


def _without_patient_id() -> list[list[Dataset]]:
    return [build_series(unique(changes={"PatientID": ""}))]


def _korean() -> list[list[Dataset]]:
    changes: dict[str, object] = {"PatientID": "환자-1 ", "PatientName": "Kim^Minji=김^민지"}
    return [build_series(unique(changes=changes))]


@pytest.mark.parametrize(
    "inputs",
    [
        _nothing_found,
        _several_inputs,
        _two_frames,
        _mosaic,
        _interpolated,
        _without_patient_id,
        _korean,
    ],
)
@pytest.mark.parametrize("kind", ["binary", "labelmap"])
def test_whatever_the_worker_makes_is_taken(
    orthanc: OrthancServer,
    tmp_path: Path,
    inputs: Callable[[], list[list[Dataset]]],
    kind: str,
) -> None:
    images = inputs()
    leased = lease(orthanc, *images)
    files = results_of(tmp_path, *images, kind=kind)
    assert [leased.hand_in(content).json().get("error") for content in files.values()] == [
        None
    ] * len(files)
    for series_id in leased.series:
        assert len(orthanc.get(f"/segrelay/series/{series_id}")["results"]) == len(files)


def test_a_newer_version_may_name_the_results_whose_place_it_takes(
    orthanc: OrthancServer, tmp_path: Path
) -> None:
    images = build_series(unique())
    leased = lease(orthanc, images)
    earlier = results_of(tmp_path / "1", images)
    for content in earlier.values():
        assert leased.hand_in(content).ok
    superseded = (named("SEG", earlier["SEG"]), named("SR", earlier["SR"]))
    later = results_of(tmp_path / "2", images, version="2.0.0", supersedes=superseded)
    assert [leased.hand_in(content).status_code for content in later.values()] == [200] * 3


def named(kind: Literal["SEG", "SR"], content: bytes) -> SupersededObject:
    read = dcmread(BytesIO(content))
    return SupersededObject(
        kind=kind,
        sop_class_uid=str(read.SOPClassUID),
        sop_instance_uid=str(read.SOPInstanceUID),
        series_instance_uid=str(read.SeriesInstanceUID),
    )


@dataclass(frozen=True)
class Case:
    """A leased series, its results, and series that are none of its worker's business."""

    leased: Lease
    files: dict[str, bytes]
    foreign: Dataset  # an image of another patient's study
    neighbour: Dataset  # an image of the same study that is not leased


@pytest.fixture(scope="module")
def case(orthanc: OrthancServer, tmp_path_factory: pytest.TempPathFactory) -> Case:
    plan = unique()
    images = build_series(plan)
    files = results_of(tmp_path_factory.mktemp("results"), images)
    foreign, neighbour = mr_series(), build_series(beside(plan))
    for others in (foreign, neighbour):
        upload(others, url=orthanc.url, auth=orthanc.admin)
    return Case(lease(orthanc, images), files, foreign[0], neighbour[0])


Change = Callable[[Dataset, Case], None]


def _set(**values: object) -> Change:
    def change(read: Dataset, _case: Case) -> None:
        for key, value in values.items():
            setattr(read, key, value)

    return change


def _foreign_series(read: Dataset, case: Case) -> None:
    read.ReferencedSeriesSequence[0].SeriesInstanceUID = case.foreign.SeriesInstanceUID


def _neighbouring_series(read: Dataset, case: Case) -> None:
    read.ReferencedSeriesSequence[0].SeriesInstanceUID = case.neighbour.SeriesInstanceUID


def _foreign_image(read: Dataset, case: Case) -> None:
    read.SourceImageSequence[0].ReferencedSOPInstanceUID = case.foreign.SOPInstanceUID


def _neighbouring_image(read: Dataset, case: Case) -> None:
    read.SourceImageSequence[0].ReferencedSOPInstanceUID = case.neighbour.SOPInstanceUID


def _unknown_image(read: Dataset, _case: Case) -> None:
    read.SourceImageSequence[0].ReferencedSOPInstanceUID = "2.25.7"


def _foreign_image_in_a_frame(read: Dataset, case: Case) -> None:
    derivation = read.PerFrameFunctionalGroupsSequence[0].DerivationImageSequence[0]
    derivation.SourceImageSequence[0].ReferencedSOPInstanceUID = case.foreign.SOPInstanceUID


def _foreign_evidence(read: Dataset, case: Case) -> None:
    study = read.CurrentRequestedProcedureEvidenceSequence[0]
    study.ReferencedSeriesSequence[0].SeriesInstanceUID = case.foreign.SeriesInstanceUID


def _foreign_study_in_evidence(read: Dataset, case: Case) -> None:
    study = read.CurrentRequestedProcedureEvidenceSequence[0]
    study.StudyInstanceUID = case.foreign.StudyInstanceUID


def _no_source(read: Dataset, _case: Case) -> None:
    del read.SourceImageSequence


def _supersedes_an_image(read: Dataset, case: Case) -> None:
    purpose, item = Dataset(), Dataset()
    purpose.CodeValue, purpose.CodingSchemeDesignator = "superseded", "99SEGRELAY"
    purpose.CodeMeaning = "Superseded by this result"
    item.ReferencedSOPClassUID = case.neighbour.SOPClassUID
    item.ReferencedSOPInstanceUID = case.neighbour.SOPInstanceUID
    item.PurposeOfReferenceCodeSequence = [purpose]
    read.ReferencedImageSequence = [item]


def _in_the_source_series(read: Dataset, case: Case) -> None:
    read.SeriesInstanceUID = source_of(case).SeriesInstanceUID


def _in_place_of_a_source(read: Dataset, case: Case) -> None:
    source = source_of(case)
    read.SeriesInstanceUID, read.SOPInstanceUID = source.SeriesInstanceUID, source.SOPInstanceUID
    read.file_meta.MediaStorageSOPInstanceUID = source.SOPInstanceUID


def _with_the_uid_of_an_image(read: Dataset, case: Case) -> None:
    read.SOPInstanceUID = case.foreign.SOPInstanceUID
    read.file_meta.MediaStorageSOPInstanceUID = case.foreign.SOPInstanceUID


def _in_a_foreign_series(read: Dataset, case: Case) -> None:
    read.SeriesInstanceUID = case.foreign.SeriesInstanceUID


def stored_counts(orthanc: OrthancServer) -> dict[str, int]:
    """How much there is of what; Orthanc 1.12 writes extracts of it when it likes."""
    statistics = orthanc.get("/statistics")
    return {name: value for name, value in statistics.items() if name.startswith("Count")}


def source_of(case: Case) -> Dataset:
    orthanc = case.leased.orthanc
    instance_id = orthanc.get(f"/series/{case.leased.series[0]}")["Instances"][0]
    return dcmread(BytesIO(orthanc.call("GET", f"/instances/{instance_id}/file").content))


@pytest.mark.parametrize(
    ("kind", "change", "says"),
    [
        ("SEG", _set(PatientID="SOMEBODY-ELSE"), "another patient"),
        ("SC", _set(PatientID=""), "another patient"),
        ("SR", _set(PatientID="phantom-1"), "another patient"),
        ("SEG", _set(StudyInstanceUID="2.25.7"), "another study"),
        ("SR", _foreign_study_in_evidence, "another study"),
        ("SEG", _set(Manufacturer="Somebody"), "no segmentation"),
        ("SC", _set(Manufacturer=""), "no segmentation"),
        ("SC", _set(SOPClassUID=MRImageStorage), "no segmentation"),
        ("SEG", _foreign_series, "not analysed"),
        ("SEG", _neighbouring_series, "not analysed"),
        ("SEG", _foreign_image, "not analysed"),
        ("SEG", _foreign_image_in_a_frame, "not analysed"),
        ("SEG", _supersedes_an_image, "not analysed"),
        ("SC", _foreign_image, "not analysed"),
        ("SC", _neighbouring_image, "not analysed"),
        ("SC", _unknown_image, "not analysed"),
        ("SC", _no_source, "no image"),
        ("SR", _foreign_evidence, "not analysed"),
        ("SR", lambda _read, _case: None, "not analysed"),  # its SEG was not stored
        ("SC", _in_the_source_series, "has its UIDs"),
        ("SC", _in_a_foreign_series, "has its UIDs"),
        ("SC", _in_place_of_a_source, "has its UIDs"),
        ("SC", _with_the_uid_of_an_image, "has its UIDs"),
    ],
)
def test_what_is_no_result_of_this_request_is_refused(
    case: Case, kind: str, change: Change, says: str
) -> None:
    orthanc = case.leased.orthanc
    before = stored_counts(orthanc)
    read = dcmread(BytesIO(case.files[kind]))
    change(read, case)
    refused = case.leased.hand_in(as_bytes(read))
    assert (refused.status_code, refused.json()["code"]) == (422, "result_refused")
    assert says in refused.json()["error"]
    assert stored_counts(orthanc) == before


def also_a_zip_file(picture: bytes, hidden: bytes) -> bytes:
    """A right picture to who reads DICOM; Orthanc goes by the head, and stores what is zipped."""
    archive = BytesIO()
    with ZipFile(archive, "w") as file:
        file.writestr("hidden.dcm", hidden)
    read = dcmread(BytesIO(picture))
    read.preamble = b"PK\x03\x04" + bytes(124)
    read.DataSetTrailingPadding = archive.getvalue()
    return as_bytes(read)


def test_what_is_no_dicom_file_is_refused(case: Case) -> None:
    orthanc = case.leased.orthanc
    before = stored_counts(orthanc)
    hidden = as_bytes(mr_series()[0])
    picture = case.files["SC"]
    for content in (
        b"",
        b"garbage",
        picture[132:],
        picture[:200],
        bytes(128) + b"DICM",
        also_a_zip_file(picture, hidden),
    ):
        headers = {HEADER: case.leased.ticket(), "Accept-Language": "ko"}
        refused = case.leased.hand_in(content, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (422, "result_refused")
        assert "DICOM" in refused.json()["error"]
        assert "받지 않았습니다" in refused.json()["error"]
    assert stored_counts(orthanc) == before


def test_a_result_of_another_request_gets_nothing_added(
    orthanc: OrthancServer, tmp_path: Path
) -> None:
    images = build_series(unique())
    leased = lease(orthanc, images)
    picture = results_of(tmp_path, images)["SC"]
    assert leased.hand_in(picture).ok
    read = dcmread(BytesIO(picture))
    read.SOPInstanceUID = generate_uid()
    read.file_meta.MediaStorageSOPInstanceUID = read.SOPInstanceUID
    refused = replace(leased, request=new_request()).hand_in(as_bytes(read))
    assert refused.status_code == 422
    assert leased.hand_in(as_bytes(read)).status_code == 200


def test_without_the_ticket_nobody_hands_anything_in(case: Case) -> None:
    orthanc, content = case.leased.orthanc, case.files["SC"]
    others_ticket = case.leased.ticket(request=new_request())
    for account, ticket, code in (
        (orthanc.admin, None, "ticket_required"),
        (orthanc.admin, "garbage", "ticket_refused"),
        (orthanc.django, others_ticket, "ticket_refused"),
    ):
        headers = {HEADER: ticket} if ticket else {}
        refused = case.leased.hand_in(content, auth=account, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, code)
    assert case.leased.hand_in(content, headers={}).status_code == 403


def test_an_account_of_its_own_may_hand_in_with_a_ticket(
    orthanc: OrthancServer, tmp_path: Path
) -> None:
    images = build_series(unique())
    leased = lease(orthanc, images)
    picture = results_of(tmp_path, images)["SC"]
    assert leased.hand_in(picture, auth=orthanc.admin).status_code == 200


def test_a_series_that_is_gone_is_said_to_be(orthanc: OrthancServer, tmp_path: Path) -> None:
    images = build_series(unique())
    leased = lease(orthanc, images)
    headers = {HEADER: leased.ticket()}
    orthanc.call("DELETE", f"/series/{leased.series[0]}").raise_for_status()
    picture = results_of(tmp_path, images)["SC"]
    gone = leased.hand_in(picture, headers=headers)
    assert (gone.status_code, gone.json()["code"]) == (404, "unknown_series")


def test_an_orthanc_that_overwrites_keeps_images_and_the_first_result(
    tmp_path: Path, new_orthanc: AnOrthanc
) -> None:
    images = build_series(unique())
    picture = results_of(tmp_path / "results", images)["SC"]
    with new_orthanc(
        tmp_path / "orthanc", tickets_required=True, overrides={"OverwriteInstances": True}
    ) as orthanc:
        leased = lease(orthanc, images)
        first = _json(leased.hand_in(picture))
        later = dcmread(BytesIO(picture))
        later.InstanceCreationTime = "235959"
        assert _json(leased.hand_in(as_bytes(later)))["status"] == "AlreadyStored"
        stored = orthanc.call("GET", f"/instances/{first['orthanc_id']}/file").content
        assert stored == picture
        forged = dcmread(BytesIO(picture))
        forged.SeriesInstanceUID = images[0].SeriesInstanceUID
        forged.SOPInstanceUID = images[0].SOPInstanceUID
        forged.file_meta.MediaStorageSOPInstanceUID = images[0].SOPInstanceUID
        assert leased.hand_in(as_bytes(forged)).status_code == 422
        assert orthanc.get(f"/series/{leased.series[0]}")["MainDicomTags"]["Modality"] == "MR"


@pytest.mark.parametrize(
    ("headers", "is_refused"),
    [
        ({"Origin": "https://elsewhere.example"}, True),
        ({"Origin": "null"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, True),
        ({"Sec-Fetch-Site": "same-origin"}, False),
        ({"Origin": "http://pacs.example", "X-Forwarded-Host": "pacs.example"}, False),
        ({}, False),
    ],
)
def test_a_page_of_another_site_cannot_press(
    case: Case, headers: dict[str, str], *, is_refused: bool
) -> None:
    path = f"/segrelay/series/{case.leased.series[0]}/segment"
    answer = case.leased.orthanc.call("POST", path, headers=headers)
    assert (answer.status_code == 403) is is_refused
    if is_refused:
        assert answer.json()["code"] == "other_site"
        assert "another site" in answer.json()["error"]


def _json(response: requests.Response) -> dict[str, Any]:
    assert response.ok, response.text
    answer: dict[str, Any] = response.json()
    return answer
