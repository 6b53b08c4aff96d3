"""PgBouncer in transaction mode before the tests' PostgreSQL, as a hospital runs it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from integration.free_ports import free_ports
from integration.polling import until
from integration.postgres_server import USER, answers
from integration.unprivileged import as_unprivileged, give_to_unprivileged

PROGRAM = "/usr/sbin/pgbouncer"  # not on every user's PATH
# Few sessions for many callers: whoever left something in a session would meet others' at once.
CONFIGURATION = """
[databases]
* = host={database_host} port={database_port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {accounts}
pool_mode = transaction
default_pool_size = 2
max_client_conn = 100
"""


@contextmanager
def running_pgbouncer(folder: Path, database_address: str) -> Iterator[str]:
    """Its address without a database, like that of the PostgreSQL behind it."""
    folder.mkdir(parents=True)
    port = free_ports(1)[0]
    configuration = _configure(folder, port, database_address)
    give_to_unprivileged(folder)
    with (folder / "pgbouncer.log").open("wb") as log:
        server = subprocess.Popen(
            [*as_unprivileged(), PROGRAM, str(configuration)], stdout=log, stderr=log
        )
    address = urlunsplit(urlsplit(database_address)._replace(netloc=f"{USER}@127.0.0.1:{port}"))
    try:
        until(lambda: answers(address), what="PgBouncer answers")
        yield address
    finally:
        server.kill()  # it keeps nothing; asked to end, newer ones wait for their clients
        server.wait()


def _configure(folder: Path, port: int, database_address: str) -> Path:
    accounts, configuration = folder / "accounts.txt", folder / "pgbouncer.ini"
    accounts.write_text(f'"{USER}" ""\n', encoding="utf-8")
    database = urlsplit(database_address)
    configuration.write_text(
        CONFIGURATION.format(
            database_host=database.hostname,
            database_port=database.port,
            port=port,
            accounts=accounts,
        ),
        encoding="utf-8",
    )
    return configuration
