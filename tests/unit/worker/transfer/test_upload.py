from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from fakes.loopback_server import HttpReply
from fakes.orthanc_server import FakeOrthanc

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError, TransientError
from segrelay_worker.transfer.orthanc_client import OrthancClient
from segrelay_worker.transfer.upload import StoredInstance, upload_instance


@pytest.fixture
def orthanc() -> Iterator[FakeOrthanc]:
    with FakeOrthanc() as orthanc:
        yield orthanc


def upload(orthanc: FakeOrthanc, folder: Path, content: bytes = b"SEG") -> StoredInstance:
    file = folder / "result.dcm"
    file.write_bytes(content)
    client = OrthancClient(url=orthanc.url, user=None, password="")
    return upload_instance(orthanc=client, file=file, within_seconds=60.0)


def test_an_object_is_stored_and_its_place_told(orthanc: FakeOrthanc, tmp_path: Path) -> None:
    assert upload(orthanc, tmp_path) == StoredInstance("instance-0", "series-0")
    assert orthanc.stored == [b"SEG"]
    assert orthanc.calls[0].headers["content-type"] == "application/dicom"


def test_an_object_that_is_there_already_is_told_the_same(
    orthanc: FakeOrthanc, tmp_path: Path
) -> None:
    assert upload(orthanc, tmp_path) == upload(orthanc, tmp_path)
    assert len(orthanc.stored) == 1


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
        upload_instance(orthanc=client, file=file, within_seconds=left)
    assert waited == [used]
