"""One chaos run: real Orthanc, real Django processes, real workers, and who breaks them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from chaos.front_end import FrontEnd
from chaos.monkey import Monkey
from chaos.queue_rows import QueueRows
from chaos.settings import ChaosPlan
from chaos.stored_objects import results_by_series
from chaos.web_hosts import WebHosts
from chaos.workers import Workers, tokens
from fakes.cutting_proxy import CuttingProxy, Trouble
from integration.orthanc_server import OrthancServer
from integration.postgres_server import create_database, running_postgres

Figures = Mapping[str, object]

# What a worker logs that comes back with a finished result.
DELIVERED_LATER = "delivering a result that was finished before"
GIVEN_UP = "a finished result is no longer wanted"


def run_chaos(plan: ChaosPlan, folder: Path) -> Figures:
    """The figures that the run is judged by."""
    with ExitStack() as stack:
        database_url = stack.enter_context(_database(plan, folder))
        archive = stack.enter_context(OrthancServer(folder / "orthanc"))
        web = WebHosts(folder, archive, plan.web_clock_shifts, **_web_settings(plan, database_url))
        stack.callback(web.stop)
        web.start()
        trouble = Trouble(plan.lose_every, plan.cuts_per_second)
        network = stack.enter_context(CuttingProxy(web.ports, trouble, seed=plan.seed))
        to_archive = stack.enter_context(
            CuttingProxy([archive.http_port], Trouble(None, plan.cuts_per_second), seed=plan.seed)
        )
        addresses = {
            "DJANGO_API_URL": f"{network.url}/api/mri",
            "ORTHANC_URL": to_archive.url,
        }
        workers = stack.enter_context(Workers(folder, addresses, archive))
        rows = QueueRows(database_url)
        front_end = FrontEnd(network.url, archive, rows)
        monkey = Monkey(plan, workers, web)
        started_at = time.monotonic()
        monkey.start()
        front_end.press_all(plan.requests)
        monkey.join()
        network.calm()
        to_archive.calm()
        front_end.follow(seconds=plan.patience_seconds)
        seconds = time.monotonic() - started_at
        return {
            "chaos": plan.database,
            **_judged(front_end.series, rows, archive),
            "killed_workers": monkey.harm.killed_workers,
            "killed_django": monkey.harm.killed_django,
            "frozen_workers": monkey.harm.frozen_workers,
            "killed_with_result": monkey.harm.killed_with_result,
            "frozen_with_result": monkey.harm.frozen_with_result,
            "delivered_later": workers.said(DELIVERED_LATER),
            "results_given_up": workers.said(GIVEN_UP),
            "lost_answers": network.lost_answers,
            "cut_connections": network.cut_connections + to_archive.cut_connections,
            "attempts": rows.attempts(),
            "pressed_again": front_end.pressed_again,
            "seconds": round(seconds, 1),
        }


def _judged(series: list[str], rows: QueueRows, archive: OrthancServer) -> Figures:
    """Lost: without a completed request or without a SEG. Duplicated: with more than one."""
    completed = rows.completed_by_series()
    segs = results_by_series(archive, "SEG")
    done = [one for one in series if completed.get(one, 0) and segs[one]]
    twice = [one for one in series if completed.get(one, 0) > 1 or segs[one] > 1]
    return {
        "requests": len(series),
        "completed": len(done),
        "lost": len(series) - len(done),
        "duplicated": len(twice) + rows.completed_twice(),
    }


def holds(figures: Figures) -> bool:
    """Whether nothing was lost and nothing was done twice, with real harm done."""
    return (
        figures["completed"] == figures["requests"]
        and (figures["lost"], figures["duplicated"]) == (0, 0)
        and figures["killed_workers"] != 0
    )


@contextmanager
def _database(plan: ChaosPlan, folder: Path) -> Iterator[str]:
    if plan.database == "sqlite":
        yield f"sqlite:///{folder}/queue.sqlite3"
        return
    with running_postgres(folder / "postgres") as address:
        yield create_database(address, "segrelay")


def _web_settings(plan: ChaosPlan, database_url: str) -> dict[str, str]:
    workers = ",".join(f"{name}={token}" for name, token in tokens(plan.workers).items())
    return {
        "DATABASE_URL": database_url,
        "WORKER_TOKENS": workers,
        "LEASE_SECONDS": str(plan.lease_seconds),
    }
