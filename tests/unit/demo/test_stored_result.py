from pathlib import Path

import pytest
from fakes.loopback_server import HttpCall, HttpReply, LoopbackServer
from pydicom import Dataset

from demo.errors import WrongResultError
from demo.http_caller import HttpCaller
from demo.mr_series import write_series
from demo.orthanc import Orthanc
from demo.result_line import stored_seg
from demo.stored_result import fetched_seg
from segrelay_contract.examples import example
from segrelay_contract.requests import RequestAnswer
from segrelay_contract.results import StoredObject


@pytest.fixture
def stored() -> StoredObject:
    view = RequestAnswer.model_validate(example("request-answer-completed")).request
    seg = stored_seg(view.result)
    assert seg is not None
    return seg


def archive_with(content: bytes) -> LoopbackServer:
    def answer(call: HttpCall) -> HttpReply:
        wanted = "/instances/11111111-22222222-33333333-44444444-55555555/file"
        return HttpReply(content=content) if call.path == wanted else HttpReply(404)

    return LoopbackServer(answer)


def image_file(series: list[Dataset], folder: Path, *, uid: str) -> bytes:
    series[0].SOPInstanceUID = uid
    [file] = write_series(series[:1], folder / "series")
    return file.read_bytes()


def test_the_stored_object_is_fetched_as_it_is(
    series: list[Dataset], stored: StoredObject, tmp_path: Path
) -> None:
    content = image_file(series, tmp_path, uid=stored.sop_instance_uid)
    with archive_with(content) as server:
        file = fetched_seg(stored, Orthanc(HttpCaller(server.url)), tmp_path)
    assert file.read_bytes() == content


def test_another_object_than_the_reported_one_is_an_error(
    series: list[Dataset], stored: StoredObject, tmp_path: Path
) -> None:
    content = image_file(series, tmp_path, uid="2.25.999")
    with (
        archive_with(content) as server,
        pytest.raises(
            WrongResultError, match=r"reported .* 2\.25\.101, but Orthanc holds 2\.25\.999"
        ),
    ):
        fetched_seg(stored, Orthanc(HttpCaller(server.url)), tmp_path)
