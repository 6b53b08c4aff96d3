"""Two web hosts at one PostgreSQL, behind PgBouncer in transaction mode; LISTEN goes direct."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import httpx
import psycopg
import pytest
from builders.orthanc_answers import OrthancAnswers
from builders.queue_payloads import claim_body, offer
from fakes.loopback_server import HttpCall, HttpReply, LoopbackServer
from integration.django_server import WORKER_TOKENS, DjangoServer
from integration.open_calls import OpenCall
from integration.pgbouncer_server import running_pgbouncer
from integration.polling import until
from integration.postgres_server import create_database, running_postgres

from segrelay_api.queue.wakeups.listeners import everything
from segrelay_api.queue.wakeups.postgres_listening import listen_for_ever
from segrelay_contract import paths
from segrelay_contract.events import EventView

BEFORE_ANY_RECHECK_SECONDS = 20.0
LONG_POLL_SECONDS = 30
HEARTBEAT = b":"  # comes where an event is held back
SERVERS_TIME_ZONE = "Asia/Seoul"  # Django asks for UTC, and PgBouncer has to remember it


@dataclass(frozen=True)
class Hospital:
    """What the tests call; the addresses are without a database."""

    hosts: tuple[DjangoServer, DjangoServer]
    archive: OrthancAnswers
    postgres: str
    pgbouncer: str

    def press(self, host: DjangoServer, series_id: str, model: str) -> UUID:
        self.archive.add_series(series_id)
        with host.api() as api:
            return api.press(series_id, model=model).request_id


def claim(host: DjangoServer, worker: str, model: str, wait_seconds: float = 0) -> OpenCall:
    body = claim_body(offer(model), wait_seconds=wait_seconds).model_dump_json()
    return OpenCall(host.port, WORKER_TOKENS[worker], "POST", paths.CLAIM, body)


@pytest.fixture(scope="module")
def hospital() -> Iterator[Hospital]:
    archive = OrthancAnswers()

    def answer(call: HttpCall) -> HttpReply:
        url = f"http://archive.test{call.path}"
        answered = archive(httpx.Request(call.method, url, content=call.body))
        return HttpReply(answered.status_code, answered.content)

    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))  # the servers must get into it
        postgres = stack.enter_context(
            running_postgres(folder / "postgres", fsync="off", timezone=SERVERS_TIME_ZONE)
        )
        pgbouncer = stack.enter_context(running_pgbouncer(folder / "pgbouncer", postgres))
        orthanc = stack.enter_context(LoopbackServer(answer))
        settings = {
            "LISTEN_DATABASE_URL": create_database(postgres, "segrelay"),
            "DATABASE_URL": f"{pgbouncer}/segrelay",
        }
        first, second = (
            stack.enter_context(
                DjangoServer(folder / name, orthanc.url, ("", ""), environment=settings)
            )
            for name in ("first", "second")
        )
        yield Hospital((first, second), archive, postgres, pgbouncer)


def test_a_claim_that_waits_at_one_host_is_answered_by_a_press_at_the_other(
    hospital: Hospital,
) -> None:
    pressed_at, waited_at = hospital.hosts
    with claim(waited_at, "lab1", "waited-for", LONG_POLL_SECONDS) as waiting:
        for _ in range(3):  # one after the other: the call before is past these
            with claim(waited_at, "lab1", "waited-for") as at_once:
                assert at_once.answer() == (204, None)
        request_id = hospital.press(pressed_at, "waited-for", "waited-for")
        until(waiting.is_answered, what="the claim", seconds=BEFORE_ANY_RECHECK_SECONDS)
        status, answer = waiting.answer()
    assert (status, answer["request"]["request_id"]) == (200, str(request_id))


def test_claims_of_the_same_moment_hand_out_each_request_once(hospital: Hospital) -> None:
    model = "contested"
    pressed = {hospital.press(hospital.hosts[0], f"series-{n}", model) for n in range(12)}
    got: list[UUID] = []
    while len(got) < len(pressed):
        with ExitStack() as stack:
            calls = [
                stack.enter_context(claim(host, worker, model))
                for _, host, worker in product(range(6), hospital.hosts, WORKER_TOKENS)
            ]
            answers = [call.answer() for call in calls]
        given = [answer for status, answer in answers if status == 200]
        assert given
        got += [UUID(answer["request"]["request_id"]) for answer in given]
    assert sorted(got) == sorted(pressed)


def test_events_come_at_once_even_while_another_database_is_being_written(
    hospital: Hospital,
) -> None:
    pressed_at, followed_at = hospital.hosts
    other = create_database(hospital.postgres, "another_program")
    with (
        psycopg.connect(other) as writer,
        followed_at.api() as follower,
        follower.get(paths.EVENTS, stream=True) as stream,
    ):
        writer.execute("CREATE TABLE long_work ()")  # and no end of the transaction
        lines = stream.iter_lines(chunk_size=1)
        assert next(lines).startswith(b"retry:")
        request_id = hospital.press(pressed_at, "followed", "followed")
        told = next(line for line in lines if line.startswith((b"data: ", HEARTBEAT)))
    event = EventView.model_validate_json(told.removeprefix(b"data: "))
    assert (event.request_id, event.kind) == (request_id, "create")
    assert abs(event.at - datetime.now(UTC)) < timedelta(hours=1)


@pytest.mark.parametrize(("way", "is_told"), [("postgres", False), ("pgbouncer", True)])
async def test_an_operator_who_forgot_the_direct_address_is_told(
    hospital: Hospital, caplog: pytest.LogCaptureFixture, *, way: str, is_told: bool
) -> None:
    address: str = getattr(hospital, way)
    with everything.listen() as connected:
        listening = asyncio.create_task(listen_for_ever(f"{address}/segrelay"))
        await connected.wait(seconds=BEFORE_ANY_RECHECK_SECONDS)
        listening.cancel()
        await asyncio.wait([listening])
    assert ("set LISTEN_DATABASE_URL" in caplog.text) is is_told
    assert "not listening" not in caplog.text
