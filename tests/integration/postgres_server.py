"""A PostgreSQL of the tests' own, in a temporary folder on a free port."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from integration.free_ports import free_ports
from integration.polling import until
from integration.unprivileged import as_unprivileged, give_to_unprivileged

NEWEST_FIRST = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
USER = "segrelay"


@contextmanager
def running_postgres(folder: Path, **options: str) -> Iterator[str]:
    """Its address without a database: `postgresql://…:port`; options as in postgresql.conf."""
    data = folder / "data"
    data.mkdir(parents=True)
    give_to_unprivileged(folder)
    _run("initdb", "--auth=trust", f"--username={USER}", "--encoding=UTF8", "-D", str(data))
    port = free_ports(1)[0]
    settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", **options}
    arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (folder / "postgres.log").open("wb") as log:
        server = subprocess.Popen(
            [
                *as_unprivileged(),
                _program("postgres"),
                "-D",
                str(data),
                "-p",
                str(port),
                *arguments,
            ],
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
    address = f"postgresql://{USER}@127.0.0.1:{port}"
    try:
        until(lambda: answers(address), what="PostgreSQL answers")
        yield address
    finally:
        server.send_signal(signal.SIGINT)  # ends open connections; SIGTERM would wait for them
        server.wait(timeout=30)


def create_database(address: str, name: str) -> str:
    """A new database's own address."""
    with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return f"{address}/{name}"


def answers(address: str) -> bool:
    """Whether a server there lets us in."""
    try:
        psycopg.connect(f"{address}/postgres", connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _run(program: str, *arguments: str) -> None:
    subprocess.run(
        [*as_unprivileged(), _program(program), *arguments], check=True, stdout=subprocess.DEVNULL
    )


def _program(name: str) -> str:
    return str(NEWEST_FIRST[0] / name)
