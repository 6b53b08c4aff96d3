import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from fakes.django_server import FakeDjango
from integration.polling import until

from segrelay_plugin import django_client
from segrelay_plugin.django_client import DjangoClient
from segrelay_plugin.errors import (
    DjangoUnreachableError,
    EventNotTakenError,
    EventRefusedError,
    ForeignAnswerError,
)


@pytest.fixture
def client(django: FakeDjango) -> DjangoClient:
    return DjangoClient(base_url=django.url, token="secret")


def test_an_event_is_posted_with_the_token(django: FakeDjango, client: DjangoClient) -> None:
    client.tell({"event": "series_deleted", "series_id": "a-1"})
    [call] = django.calls
    assert (call.method, call.path) == ("POST", "/api/mri/segmentation/orthanc-events/")
    assert call.payload == {"event": "series_deleted", "series_id": "a-1"}
    assert call.headers["authorization"] == "Bearer secret"
    assert call.headers["content-type"] == "application/json"


@pytest.mark.parametrize("status", [400, 409, 413, 422])
def test_an_event_that_django_judged_bad_is_refused(
    django: FakeDjango, client: DjangoClient, status: int
) -> None:
    django.status = status
    with pytest.raises(EventRefusedError):
        client.tell({})


@pytest.mark.parametrize("status", [401, 403, 404, 405, 408, 429, 500, 503])
def test_an_event_that_django_could_not_take_is_kept(
    django: FakeDjango, client: DjangoClient, status: int
) -> None:
    django.status = status
    with pytest.raises(EventNotTakenError, match=str(status)):
        client.tell({})


def test_a_redirect_is_no_delivery_and_carries_no_token_away(
    django: FakeDjango, client: DjangoClient
) -> None:
    django.status, django.answer_headers = 302, {"Location": django.url + "elsewhere/"}
    with pytest.raises(EventNotTakenError, match="302"):
        client.tell({})
    assert len(django.calls) == 1


@pytest.mark.parametrize("status", [200, 413, 502])
def test_an_answer_that_is_not_djangos_is_told_apart_from_silence(
    django: FakeDjango, client: DjangoClient, status: int
) -> None:
    django.status, django.raw_answer = status, b"<html>welcome</html>"
    with pytest.raises(ForeignAnswerError, match=f"{status} without JSON"):
        client.tell({})


def test_no_answer_is_told_as_such(django: FakeDjango, client: DjangoClient) -> None:
    django.close()
    with pytest.raises(DjangoUnreachableError):
        client.health()


def test_django_gets_more_time_for_an_event_for_which_it_may_read_from_orthanc(
    django: FakeDjango, client: DjangoClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(django_client, "EVENT_LIMIT_SECONDS", 0.1)
    django.hang()
    with ThreadPoolExecutor(1) as one:
        asking = one.submit(client.tell, {"event": "series_stable"})
        until(lambda: bool(django.calls), what="the event is on its way")
        with pytest.raises(DjangoUnreachableError):
            client.tell({"event": "series_deleted"})
        django.release()
        asking.result(20)


@pytest.mark.parametrize("status", [b"200 OK", b"409 Conflict"])
def test_an_answer_that_drips_in_is_not_waited_for_longer_than_silence(
    monkeypatch: pytest.MonkeyPatch, status: bytes
) -> None:
    monkeypatch.setattr(django_client, "RELAY_LIMIT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as dripping:
        dripping.submit(_drip, server, status)
        client = DjangoClient(base_url=f"http://127.0.0.1:{server.getsockname()[1]}/", token="x")
        with pytest.raises(DjangoUnreachableError, match="takes too long"):
            client.relay("GET", "series/a-1/models/", body=None, headers={})


def _drip(server: socket.socket, status: bytes) -> None:
    """A byte at a time, each sooner than the limit; in the end it would be an answer."""
    connection, _ = server.accept()
    with connection, suppress(OSError):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: 42\r\n\r\n{")
        for _ in range(40):
            connection.sendall(b" ")
            threading.Event().wait(0.1)
        connection.sendall(b"}")


def test_no_proxy_of_the_environment_comes_between(
    django: FakeDjango, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    client = DjangoClient(base_url=django.url, token="secret")
    assert client.health().status == 200


def test_a_segmentation_is_asked_for_in_the_callers_words(
    django: FakeDjango, client: DjangoClient
) -> None:
    django.status, django.answer = 202, {"success": True, "request_id": "7"}
    answer = client.relay(
        "POST",
        "series/a-1/segment/",
        body=b'{"force": true}',
        headers={"Accept-Language": "ko"},
    )
    assert (answer.status, answer.payload) == (202, {"success": True, "request_id": "7"})
    [call] = django.calls
    assert call.path == "/api/mri/segmentation/series/a-1/segment/"
    assert call.payload == {"force": True}
    assert call.headers["accept-language"] == "ko"
