from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from uuid import uuid4

import pytest
from fakes.loopback_server import HttpCall, HttpReply, LoopbackServer
from fakes.queue_server import FakeQueue, error_reply, json_reply

from segrelay_contract.leases import (
    ClaimBody,
    ModelOffer,
    OfferedSegment,
    ProgressBody,
    WorkerDescription,
)
from segrelay_contract.status import Stage
from segrelay_worker.errors import CancelledError, LeaseLostError
from segrelay_worker.transfer.errors import (
    QueueRefusedError,
    QueueUnreachableError,
    TokenRefusedError,
)
from segrelay_worker.transfer.queue_client import QueueClient

OFFER = ModelOffer(
    name="stub-bright",
    version="1",
    digest="d" * 64,
    weights_sha256="e" * 64,
    roles=("t1",),
    segments=(OfferedSegment(number=1, label="Lesion"),),
)
PROGRESS = ProgressBody(lease_token="lease", stage=Stage.INFERRING, progress=0.5)


def claim_body(wait_seconds: float = 0) -> ClaimBody:
    worker = WorkerDescription(name="lab1", version="1")
    return ClaimBody(claim_id=uuid4(), worker=worker, models=(OFFER,), wait_seconds=wait_seconds)


@pytest.fixture
def queue() -> Iterator[FakeQueue]:
    with FakeQueue(lease_seconds=100, renew_every_seconds=4) as queue:
        yield queue


@pytest.fixture
def client(queue: FakeQueue) -> QueueClient:
    return QueueClient(api_url=queue.api_url, token="token", clock=lambda: 1000.0)


def test_a_claim_brings_the_request_and_its_lease_in_own_time(
    queue: FakeQueue, client: QueueClient
) -> None:
    request_id = queue.add_request("series-1")
    claim = client.claim(claim_body())
    assert claim is not None
    assert claim.request.request_id == request_id
    assert claim.lease.renew_every_seconds == 4
    assert 1099 <= claim.lease.ends_at <= 1101  # the header Date has whole seconds


def test_no_work_is_no_claim(client: QueueClient) -> None:
    assert client.claim(claim_body()) is None


def test_a_renewal_brings_the_lease_again(client: QueueClient) -> None:
    renewal = client.update_status(uuid4(), PROGRESS)
    assert renewal.lease is not None
    assert renewal.lease.token == "lease"
    assert not renewal.cancel_requested


def test_claim_and_renewal_bring_the_ticket_if_there_is_one(
    queue: FakeQueue, client: QueueClient
) -> None:
    queue.add_request("series-1")
    queue.tickets = iter(["first", "second"])
    claim = client.claim(claim_body())
    assert claim is not None
    assert claim.ticket.newest == "first"
    renewal = client.update_status(uuid4(), PROGRESS)
    assert renewal.ticket == "second"
    assert "'first'" not in repr(claim)
    assert "'second'" not in repr(renewal)
    queue.tickets = None
    assert client.update_status(uuid4(), PROGRESS).ticket is None


def test_an_older_queue_tells_nothing_of_the_archive_at_a_renewal(
    queue: FakeQueue, client: QueueClient
) -> None:
    queue.script("update-status", json_reply(200, success=True, lease=None, cancel_requested=False))
    assert client.update_status(uuid4(), PROGRESS).ticket is None


def test_a_cancel_comes_with_the_renewal(queue: FakeQueue, client: QueueClient) -> None:
    queue.script("update-status", json_reply(200, success=True, lease=None, cancel_requested=True))
    assert client.update_status(uuid4(), PROGRESS).cancel_requested


def test_a_clock_that_is_wrong_does_not_shorten_the_lease(queue: FakeQueue) -> None:
    server_now = datetime.now(UTC) - timedelta(minutes=5)

    def answer(_: HttpCall) -> HttpReply:
        lease = {
            "token": "lease",
            "attempt": 1,
            "expires_at": (server_now + timedelta(seconds=60)).isoformat(),
            "renew_every_seconds": 20,
        }
        reply = json_reply(200, success=True, lease=lease, cancel_requested=False)
        return HttpReply(200, reply.content, {"Date": format_datetime(server_now, usegmt=True)})

    with LoopbackServer(answer, says_date=False) as server:
        client = QueueClient(api_url=server.url, token="token", clock=lambda: 1000.0)
        renewal = client.update_status(uuid4(), PROGRESS)
    assert renewal.lease is not None
    assert 1059 <= renewal.lease.ends_at <= 1061


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (error_reply(409, "lease_lost"), LeaseLostError),
        (error_reply(409, "cancelled"), CancelledError),
        (error_reply(404, "unknown_request"), LeaseLostError),
        (error_reply(401, "unauthenticated"), TokenRefusedError),
        (error_reply(403, "forbidden"), TokenRefusedError),
        (error_reply(400, "invalid_request"), QueueRefusedError),
        (HttpReply(404, b"<html>"), QueueUnreachableError),
        (HttpReply(409, b"<html>"), QueueUnreachableError),
        (HttpReply(400, b"<html>"), QueueUnreachableError),
        (HttpReply(502, b"<html>"), QueueUnreachableError),
        (HttpReply(520), QueueUnreachableError),
        (HttpReply(301, headers={"Location": "https://elsewhere.invalid/"}), QueueUnreachableError),
        (HttpReply(200, b"<html>"), QueueUnreachableError),
        (HttpReply(lost=True), QueueUnreachableError),
    ],
)
def test_an_answer_becomes_the_error_it_stands_for(
    queue: FakeQueue, client: QueueClient, reply: HttpReply, error: type[Exception]
) -> None:
    queue.script("update-status", reply)
    with pytest.raises(error):
        client.update_status(uuid4(), PROGRESS)


def test_a_server_without_claims_is_told_by_its_address(
    queue: FakeQueue, client: QueueClient
) -> None:
    queue.script("claim", HttpReply(404, b"<html>"))
    with pytest.raises(QueueUnreachableError, match="DJANGO_API_URL"):
        client.claim(claim_body())


def test_a_closed_port_is_told_in_the_words_of_the_system() -> None:
    with LoopbackServer(lambda _: HttpReply()) as server:
        url = server.url
    client = QueueClient(api_url=url, token="token")
    with pytest.raises(QueueUnreachableError, match=r"^Connection refused$"):
        client.claim(claim_body())


def test_an_answer_that_does_not_come_is_a_time_out() -> None:
    asked_enough = threading.Event()

    def answer(_: HttpCall) -> HttpReply:
        asked_enough.wait(60)
        return HttpReply(204)

    with LoopbackServer(answer) as server:
        client = QueueClient(api_url=server.url, token="token")
        with pytest.raises(QueueUnreachableError, match=r"^timed out$"):
            client.update_status(uuid4(), PROGRESS, timeout_seconds=0.01)
        asked_enough.set()
