import socket

import pytest
from fakes.loopback_server import HttpCall, HttpReply, LoopbackServer

from demo.errors import CallFailedError
from demo.http_caller import HttpCaller


def echo(call: HttpCall) -> HttpReply:
    if call.path == "/busy":
        return HttpReply(503, b'{"error": "Try again later."}')
    return HttpReply(content=call.headers.get("authorization", "").encode() + call.body)


def nobody() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_proxy_in_the_environment_is_passed_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", nobody())
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with LoopbackServer(echo) as server:
        caller = HttpCaller(server.url, auth=("orthanc", "secret"))
        answer = caller.post("/instances", b" image", "application/dicom").content
    assert answer == b"Basic b3J0aGFuYzpzZWNyZXQ= image"


def test_a_refusal_is_told_with_the_servers_sentence() -> None:
    with LoopbackServer(echo) as server:
        caller = HttpCaller(server.url)
        assert caller.answers("/")
        assert not caller.answers("/busy")
        with pytest.raises(CallFailedError, match=r"GET .*/busy was answered 503: .*Try again"):
            caller.get("/busy")


def test_silence_is_an_error_that_names_the_call() -> None:
    caller = HttpCaller(nobody())
    assert not caller.answers("/health/")
    with pytest.raises(CallFailedError, match=r"GET .*/health/ got no answer"):
        caller.get("/health/")
