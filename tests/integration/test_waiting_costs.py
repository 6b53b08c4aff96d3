"""Waiting holds no thread and no connection, ends when the client hangs up, and hears of others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from builders.queue_payloads import claim_body
from integration.django_server import REQUESTER_TOKEN, WORKER_TOKENS, DjangoServer
from integration.open_calls import OpenCall
from integration.other_process import create_request
from integration.polling import until
from integration.postgres_server import create_database, running_postgres

from segrelay_contract import paths

FEW, MANY = 2, 60
LONG_POLL_SECONDS = 30
BEFORE_ANY_RECHECK_SECONDS = 20.0


@dataclass(frozen=True)
class Costs:
    """What a web host holds."""

    threads: int
    connections: int  # to the database

    def fits(self, limit: Costs) -> bool:
        return self.threads <= limit.threads and self.connections <= limit.connections


@dataclass(frozen=True)
class Host:
    """A web host with one of the two databases."""

    django: DjangoServer
    database_url: str

    def waiting_claim(self, seconds: float = LONG_POLL_SECONDS) -> OpenCall:
        body = claim_body(wait_seconds=seconds).model_dump_json()
        return OpenCall(self.django.port, WORKER_TOKENS["lab1"], "POST", paths.CLAIM, body)

    def event_stream(self) -> OpenCall:
        return OpenCall(self.django.port, REQUESTER_TOKEN, "GET", paths.EVENTS)

    def all_wait(self) -> None:
        """Three claims that do not wait, one after the other: all calls before are past theirs."""
        for _ in range(3):
            with self.waiting_claim(seconds=0) as claim:
                assert claim.answer() == (204, None)

    def costs(self) -> Costs:
        return Costs(len(list((self._proc / "task").iterdir())), self._connections())

    def sockets(self) -> int:
        return sum(target.startswith("socket:") for target in self._open_files())

    @property
    def _proc(self) -> Path:
        return Path("/proc") / str(self.django.pid)

    def _connections(self) -> int:
        if self.database_url.startswith("sqlite"):
            file = self.database_url.removeprefix("sqlite:///")
            return sum(target == file for target in self._open_files())
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        with psycopg.connect(self.database_url) as connection:
            row = connection.execute(query + " AND pid <> pg_backend_pid()").fetchone()
        assert row is not None
        return int(row[0])

    def _open_files(self) -> list[str]:
        targets = []
        for file in (self._proc / "fd").iterdir():
            try:
                targets.append(str(file.readlink()))
            except FileNotFoundError:
                continue  # closed since it was listed
        return targets


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))  # PostgreSQL must get into it
        url = f"sqlite:///{folder / 'queue.sqlite3'}"
        if request.param == "postgresql":
            address = stack.enter_context(running_postgres(folder / "postgres", fsync="off"))
            url = create_database(address, "segrelay")
        django = DjangoServer(
            folder,
            orthanc_url="http://127.0.0.1:9",  # nobody presses here
            orthanc_account=("", ""),
            environment={"DATABASE_URL": url},
        )
        stack.enter_context(django)
        yield Host(django, url)


@pytest.fixture(scope="module")
def busy_host(host: Host) -> Host:
    """Has worked at its limit once, so that its pools of threads and connections are full."""
    with ExitStack() as stack:
        claims = [stack.enter_context(host.waiting_claim(seconds=0)) for _ in range(MANY)]
        for claim in claims:
            assert claim.answer() == (204, None)
    return host


OPENERS: dict[str, Callable[[Host], OpenCall]] = {
    "claims": Host.waiting_claim,
    "event streams": Host.event_stream,
}


@pytest.mark.parametrize("kind", OPENERS)
def test_many_who_wait_hold_no_more_than_few_and_hanging_up_frees_all(
    busy_host: Host, kind: str
) -> None:
    def let_wait(count: int, stack: ExitStack) -> None:
        calls = [stack.enter_context(OPENERS[kind](busy_host)) for _ in range(count)]
        if kind == "event streams":
            until(lambda: all(call.is_answered() for call in calls), what="all streams began")
        busy_host.all_wait()

    sockets = busy_host.sockets()
    with ExitStack() as stack:
        let_wait(FEW, stack)
        few = busy_host.costs()
        let_wait(MANY - FEW, stack)
        until(lambda: busy_host.costs().fits(few), what=f"no more than {few} are held")
        # All are connected; what the host had open besides may have been closed meanwhile.
        assert busy_host.sockets() >= MANY
    until(lambda: busy_host.sockets() <= sockets, what="the connections of all who hung up end")


def test_a_request_of_another_process_reaches_one_who_waits(host: Host) -> None:
    with ExitStack() as stack:
        claims = [stack.enter_context(host.waiting_claim()) for _ in range(5)]
        host.all_wait()
        request_id = create_request(host.database_url, 1)
        [answered] = until(
            lambda: [claim for claim in claims if claim.is_answered()],
            what="a waiting claim is answered",
            seconds=BEFORE_ANY_RECHECK_SECONDS,
        )
        status, answer = answered.answer()
    assert (status, answer["request"]["request_id"]) == (200, request_id)


def test_who_hung_up_gets_nothing_and_the_next_does(host: Host) -> None:
    with host.waiting_claim() as first, host.waiting_claim() as second:
        host.all_wait()
        sockets = host.sockets()
        first.close()
        until(lambda: host.sockets() < sockets, what="the host noticed")
        request_id = create_request(host.database_url, 2)
        until(second.is_answered, what="the next gets it", seconds=BEFORE_ANY_RECHECK_SECONDS)
        status, answer = second.answer()
    assert (status, answer["request"]["request_id"]) == (200, request_id)
    assert answer["lease"]["attempt"] == 1
