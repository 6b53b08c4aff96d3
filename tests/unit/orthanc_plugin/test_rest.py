from functools import partial

import pytest
from fakes.orthanc_module import FakeOutput

from segrelay_plugin.errors import ArchiveError, UnknownSeriesError, UnknownStudyError
from segrelay_plugin.rest import Reply, Request, as_callback


def echo(request: Request) -> Reply:
    return Reply(202, {"groups": request.groups, "body": request.body.decode(), "한": "글"})


@pytest.mark.parametrize("wants_size", [True, False])
def test_an_answer_is_json_with_either_version_of_orthancs_python_plugin(
    *, wants_size: bool
) -> None:
    output = FakeOutput(wants_size=wants_size)
    as_callback({"POST": echo})(output, "/x", method="POST", groups=("a",), body=b"{}", headers={})
    assert output.status == 202
    assert output.payload == {"groups": ["a"], "body": "{}", "한": "글"}
    assert output.headers == {"Content-Type": "application/json; charset=utf-8"}
    assert output.size == (len(output.body.encode()) if wants_size else None)


def test_a_good_answer_is_json_too() -> None:
    output = FakeOutput()
    as_callback({"GET": lambda _request: Reply(200, {"한": "글"})})(output, "/x", method="GET")
    assert (output.status, output.payload) == (200, {"한": "글"})
    assert output.headers == {"Content-Type": "application/json; charset=utf-8"}


def test_another_method_is_refused() -> None:
    output = FakeOutput()
    as_callback({"GET": echo, "PUT": echo})(output, "/x", method="DELETE")
    assert (output.status, output.allowed) == (405, "GET,PUT")


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_each_method_of_a_path_has_its_own_handler(method: str) -> None:
    output = FakeOutput()
    handlers = {name: partial(_named, name) for name in ("GET", "PUT")}
    as_callback(handlers)(output, "/x", method=method)
    assert output.payload == {"method": method}


def _named(name: str, _request: Request) -> Reply:
    return Reply(200, {"method": name})


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (UnknownSeriesError("/series/a-1"), 404, "unknown_series"),
        (UnknownStudyError("/studies/a-1"), 404, "unknown_study"),
        (ArchiveError("database"), 503, "archive_unavailable"),
    ],
)
def test_known_failures_become_sentences(error: Exception, status: int, code: str) -> None:
    def fails(_request: Request) -> Reply:
        raise error

    output = FakeOutput()
    as_callback({"GET": fails})(output, "/x", method="GET", groups=("a-1",), headers={})
    assert (output.status, output.payload["code"]) == (status, code)
    assert output.payload["success"] is False
    assert output.payload["error"].endswith(".")
