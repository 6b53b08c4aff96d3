from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.loopback_server import HttpReply
from fakes.orthanc_server import FakeOrthanc, zip_of

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import BlockedError, PermanentError, TransientError
from segrelay_worker.transfer.download import download_series
from segrelay_worker.transfer.orthanc_client import OrthancClient

IMAGES = [bytes([number]) * 5000 for number in range(3)]


@pytest.fixture
def orthanc() -> Iterator[FakeOrthanc]:
    with FakeOrthanc() as orthanc:
        orthanc.series["one"] = IMAGES
        yield orthanc


def download(orthanc: FakeOrthanc, folder: Path, series_id: str = "one") -> int:
    client = OrthancClient(url=orthanc.url, user="lab", password="암호")
    return download_series(orthanc=client, series_id=series_id, folder=folder, check=lambda: None)


def test_a_series_arrives_under_names_of_our_own(orthanc: FakeOrthanc, tmp_path: Path) -> None:
    folder = tmp_path / "series"
    assert download(orthanc, folder) == 3
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == ["000001.dcm", "000002.dcm", "000003.dcm"]
    assert [file.read_bytes() for file in files] == IMAGES
    assert list(tmp_path.iterdir()) == [folder]


def test_the_password_travels_in_any_letters(orthanc: FakeOrthanc, tmp_path: Path) -> None:
    download(orthanc, tmp_path / "series")
    assert orthanc.calls[0].headers["authorization"] == "Basic bGFiOuyVlO2YuA=="


def test_members_that_point_elsewhere_are_written_inside(
    orthanc: FakeOrthanc, tmp_path: Path
) -> None:
    members = {"../../escaped.dcm": b"1", "/etc/absolute.DCM": b"2", "a/b.dcm": b"3"}
    orthanc.archives["one"] = HttpReply(200, zip_of({**members, "DICOMDIR": b"x", "d/": b""}))
    assert download(orthanc, tmp_path / "series") == 3
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {
        "000001.dcm",
        "000002.dcm",
        "000003.dcm",
    }


def cut_archive() -> HttpReply:
    return HttpReply(200, zip_of({"a.dcm": b"x" * 5000}), cut_after=2000)


def flipped_bit() -> HttpReply:
    content = bytearray(zip_of({f"{number}.dcm": b"x" * 5000 for number in range(3)}))
    content[2000] ^= 1
    return HttpReply(200, bytes(content))


@pytest.mark.parametrize(
    "reply",
    [
        cut_archive(),
        flipped_bit(),
        HttpReply(200, b"<html>"),
        HttpReply(200, zip_of({"a.dcm": b"1"})),
        HttpReply(503),
        HttpReply(lost=True),
    ],
    ids=["cut off", "CRC", "no archive", "too few images", "unavailable", "no answer"],
)
def test_an_archive_that_is_not_whole_is_a_passing_error(
    orthanc: FakeOrthanc, tmp_path: Path, reply: HttpReply
) -> None:
    orthanc.archives["one"] = reply
    with pytest.raises(TransientError) as caught:
        download(orthanc, tmp_path / "series")
    assert caught.value.code is ErrorCode.ORTHANC_UNREACHABLE


def test_a_second_try_starts_from_an_empty_folder(orthanc: FakeOrthanc, tmp_path: Path) -> None:
    orthanc.archives["one"] = HttpReply(200, zip_of({f"{n}.dcm": b"old" for n in range(5)}))
    with pytest.raises(TransientError):
        download(orthanc, tmp_path / "series")
    del orthanc.archives["one"]
    download(orthanc, tmp_path / "series")
    assert len(list((tmp_path / "series").iterdir())) == 3


def test_a_series_that_is_not_there_is_gone_for_good(orthanc: FakeOrthanc, tmp_path: Path) -> None:
    with pytest.raises(PermanentError) as caught:
        download(orthanc, tmp_path / "series", "two")
    assert caught.value.code is ErrorCode.SERIES_GONE


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_account_is_for_the_operator(
    orthanc: FakeOrthanc, tmp_path: Path, status: int
) -> None:
    orthanc.refusals.append(HttpReply(status))
    with pytest.raises(BlockedError) as caught:
        download(orthanc, tmp_path / "series")
    assert caught.value.code is ErrorCode.ARCHIVE_REFUSED
    assert caught.value.parameters == {"http_status": status}


def test_a_series_id_cannot_name_another_path(orthanc: FakeOrthanc, tmp_path: Path) -> None:
    with pytest.raises(PermanentError):
        download(orthanc, tmp_path / "series", "../instances?x")
    assert orthanc.calls[0].path == "/series/..%2Finstances%3Fx"


def test_the_check_between_pieces_may_stop_it(orthanc: FakeOrthanc, tmp_path: Path) -> None:
    def stop() -> None:
        raise KeyError

    client = OrthancClient(url=orthanc.url, user=None, password="")
    with pytest.raises(KeyError):
        download_series(orthanc=client, series_id="one", folder=tmp_path / "series", check=stop)
