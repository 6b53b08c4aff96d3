"""Django's settings for the two databases that the queue runs on."""

from __future__ import annotations

from typing import Any

import dj_database_url

from segrelay_api.database_calls import THREADS

SQLITE_OPTIONS = {
    # A transaction takes its write lock when it begins, so a claim reads what it changes.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    # FULL: an accepted request survives a power cut.
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
}

# One connection for each thread that works on the database; those who wait hold none.
POSTGRESQL_OPTIONS = {"pool": {"min_size": 0, "max_size": THREADS, "timeout": 20}}


def database_settings(url: str) -> dict[str, Any]:
    """What stands in DATABASES for an address that the environment has checked."""
    parsed: dict[str, Any] = dict(dj_database_url.parse(url))
    options = parsed.get("OPTIONS", {})
    if parsed["ENGINE"].endswith("sqlite3"):
        return parsed | {"OPTIONS": options | SQLITE_OPTIONS}
    # PgBouncer in transaction mode keeps no cursor between transactions.
    return parsed | {
        "OPTIONS": options | POSTGRESQL_OPTIONS,
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
