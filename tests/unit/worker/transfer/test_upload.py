from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import requests
from builders.minimal_mr import as_bytes
from builders.mr_series import SeriesPlan, build_series
from fakes.claims import REQUEST_ID
from fakes.loopback_server import HttpReply
from fakes.orthanc_server import FakeOrthanc
from pydicom import Dataset
from pydicom.uid import RLELossless

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import BlockedError, PermanentError, TransientError
from segrelay_worker.transfer.held_ticket import HeldTicket
from segrelay_worker.transfer.orthanc_client import OrthancClient
from segrelay_worker.transfer.upload import StoredInstance, upload_result


@pytest.fixture
def orthanc() -> Iterator[FakeOrthanc]:
    with FakeOrthanc() as orthanc:
        yield orthanc


def upload(
    orthanc: FakeOrthanc, folder: Path, content: bytes = b"SEG", ticket: str | None = None
) -> StoredInstance:
    file = folder / "result.dcm"
    file.write_bytes(content)
    client = OrthancClient(url=orthanc.url, user=None, password="").showing(HeldTicket(ticket))
    return upload_result(
        orthanc=client, request_id=REQUEST_ID, file=file, sure_seconds=lambda: 60.0
    )


def test_an_object_is_stored_and_its_place_told(orthanc: FakeOrthanc, tmp_path: Path) -> None:
    assert upload(orthanc, tmp_path) == StoredInstance("instance-0", "series-0")
    assert orthanc.stored == [b"SEG"]
    assert orthanc.calls[0].headers["content-type"] == "application/dicom"


def test_an_object_that_is_there_already_is_told_the_same(
    orthanc: FakeOrthanc, tmp_path: Path
) -> None:
    assert upload(orthanc, tmp_path) == upload(orthanc, tmp_path)
    assert len(orthanc.stored) == 1


ALREADY_STORED = HttpReply(
    200, b'{"ID": "instance-0", "ParentSeries": "series-0", "Status": "AlreadyStored"}'
)


def picture(*, seen: int = 1, made: str = "120000", compressed: bool = False) -> bytes:
    """An image of one colour; other times of creation are no difference."""
    image = build_series(SeriesPlan(shape_zyx=(2, 4, 4)))[0]
    image.InstanceCreationTime = made
    image.PixelData = np.full((4, 4), seen, dtype="<u2").tobytes()
    if compressed:
        image.compress(RLELossless)
    return as_bytes(image)


@pytest.mark.parametrize("stored", [picture(made="110000"), picture(compressed=True)])
def test_the_same_pixels_under_the_same_identity_count_as_stored(
    orthanc: FakeOrthanc, tmp_path: Path, stored: bytes
) -> None:
    orthanc.stored.append(stored)
    orthanc.store_reply = ALREADY_STORED
    assert upload(orthanc, tmp_path, picture()) == StoredInstance("instance-0", "series-0")


@pytest.mark.parametrize("stored", [picture(seen=2), picture(seen=2, compressed=True)])
def test_other_pixels_under_the_same_identity_are_no_success(
    orthanc: FakeOrthanc, tmp_path: Path, stored: bytes
) -> None:
    orthanc.stored.append(stored)
    orthanc.store_reply = ALREADY_STORED
    with pytest.raises(PermanentError) as caught:
        upload(orthanc, tmp_path, picture())
    assert caught.value.code is ErrorCode.STORED_OBJECT_DIFFERS


def report(*, said: str = "none", made: str = "120000") -> bytes:
    """A report with one line of text."""
    document = build_series(SeriesPlan(shape_zyx=(2, 4, 4)))[0]
    document.InstanceCreationTime = made
    del document.PixelData
    line = Dataset()
    line.TextValue = said
    document.ContentSequence = [line]
    return as_bytes(document)


def test_a_report_counts_as_stored_if_it_says_the_same(
    orthanc: FakeOrthanc, tmp_path: Path
) -> None:
    orthanc.stored.append(report(made="110000"))
    orthanc.store_reply = ALREADY_STORED
    assert upload(orthanc, tmp_path, report()) == StoredInstance("instance-0", "series-0")
    with pytest.raises(PermanentError) as caught:
        upload(orthanc, tmp_path, report(said="some"))
    assert caught.value.code is ErrorCode.STORED_OBJECT_DIFFERS


def test_a_stored_object_that_vanishes_is_a_reason_to_try_again(
    orthanc: FakeOrthanc, tmp_path: Path
) -> None:
    orthanc.store_reply = ALREADY_STORED
    with pytest.raises(TransientError):
        upload(orthanc, tmp_path, picture())


@pytest.mark.parametrize(
    "reply", [HttpReply(500), HttpReply(lost=True), HttpReply(200, b"{}"), HttpReply(302)]
)
def test_an_answer_that_does_not_say_stored_is_a_passing_error(
    orthanc: FakeOrthanc, tmp_path: Path, reply: HttpReply
) -> None:
    orthanc.refusals.append(reply)
    with pytest.raises(TransientError) as caught:
        upload(orthanc, tmp_path)
    assert caught.value.code is ErrorCode.ORTHANC_UNREACHABLE


def test_a_refusal_is_permanent(orthanc: FakeOrthanc, tmp_path: Path) -> None:
    orthanc.refusals.append(HttpReply(400))
    with pytest.raises(PermanentError) as caught:
        upload(orthanc, tmp_path)
    assert caught.value.code is ErrorCode.ARCHIVE_REFUSED


@pytest.mark.parametrize(("left", "used"), [(60.0, 5.0), (1.5, 1.5)])
def test_no_connection_is_waited_for_beyond_the_lease(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: float, used: float
) -> None:
    waited: list[float] = []

    def request(*_: object, timeout: tuple[float, float], **__: object) -> None:
        waited.append(timeout[0])
        raise requests.ConnectTimeout

    monkeypatch.setattr(requests.Session, "request", request)
    client = OrthancClient(url="http://127.0.0.1:9", user=None, password="")
    file = tmp_path / "result.dcm"
    file.touch()
    with pytest.raises(TransientError):
        upload_result(orthanc=client, request_id=REQUEST_ID, file=file, sure_seconds=lambda: left)
    assert waited == [used]


ROUTE = f"/segrelay/requests/{REQUEST_ID}/results"


def test_with_a_ticket_an_object_goes_to_the_plugin(orthanc: FakeOrthanc, tmp_path: Path) -> None:
    orthanc.has_plugin = True
    assert upload(orthanc, tmp_path, ticket="good") == StoredInstance("instance-0", "series-0")
    assert orthanc.stored == [b"SEG"]
    [call] = orthanc.calls
    assert (call.path, call.headers["segrelay-ticket"]) == (ROUTE, "good")
    assert call.headers["content-type"] == "application/dicom"


def test_without_a_ticket_it_goes_to_orthanc_itself(orthanc: FakeOrthanc, tmp_path: Path) -> None:
    orthanc.has_plugin = True
    upload(orthanc, tmp_path)
    [call] = orthanc.calls
    assert call.path == "/instances"
    assert "segrelay-ticket" not in call.headers


def test_an_orthanc_without_plugin_gets_it_itself(orthanc: FakeOrthanc, tmp_path: Path) -> None:
    upload(orthanc, tmp_path, ticket="good")
    assert [call.path for call in orthanc.calls] == [ROUTE, "/instances"]
    assert orthanc.stored == [b"SEG"]


def test_what_the_plugin_has_already_is_compared_under_the_ticket(
    orthanc: FakeOrthanc, tmp_path: Path
) -> None:
    orthanc.has_plugin, orthanc.good_ticket = True, "good"
    orthanc.stored.append(picture(made="110000"))
    orthanc.store_reply = ALREADY_STORED
    assert upload(orthanc, tmp_path, picture(), ticket="good").orthanc_id == "instance-0"
    assert [call.path for call in orthanc.calls] == [ROUTE, "/instances/instance-0/file"]
    with pytest.raises(PermanentError) as caught:
        upload(orthanc, tmp_path, picture(seen=2), ticket="good")
    assert caught.value.code is ErrorCode.STORED_OBJECT_DIFFERS


@pytest.mark.parametrize(
    ("status", "content", "code"),
    [
        (422, {"code": "result_refused"}, ErrorCode.RESULT_REFUSED),
        (404, {"code": "unknown_series"}, ErrorCode.SERIES_GONE),
        (404, {"code": "code_of_a_newer_version"}, ErrorCode.ARCHIVE_REFUSED),
        (422, {}, ErrorCode.ARCHIVE_REFUSED),
    ],
)
def test_what_the_plugin_refuses_is_stored_nowhere_else(
    orthanc: FakeOrthanc, tmp_path: Path, status: int, content: dict[str, str], code: ErrorCode
) -> None:
    orthanc.has_plugin = True
    said = {"success": False, "error": "It names another study.", **content}
    orthanc.store_reply = HttpReply(status, json.dumps(said).encode())
    with pytest.raises(PermanentError) as caught:
        upload(orthanc, tmp_path, ticket="good")
    assert caught.value.code is code
    assert [call.path for call in orthanc.calls] == [ROUTE]
    if code is ErrorCode.RESULT_REFUSED:
        assert caught.value.detail == "It names another study."


def test_a_refused_ticket_is_told_apart_from_a_refused_account(
    orthanc: FakeOrthanc, tmp_path: Path
) -> None:
    orthanc.good_ticket = "another"
    with pytest.raises(BlockedError, match="SEGRELAY_TICKET_SECRET") as caught:
        upload(orthanc, tmp_path, ticket="bad")
    assert caught.value.code is ErrorCode.TICKET_REFUSED
    with pytest.raises(BlockedError, match="set TICKET_SECRET") as caught:
        upload(orthanc, tmp_path)
    assert caught.value.code is ErrorCode.ARCHIVE_REFUSED
