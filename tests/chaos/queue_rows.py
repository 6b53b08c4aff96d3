"""What the queue's tables say, read beside Django: the run must not lean on what it judges."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import psycopg

LATEST = """
    SELECT series_id, status FROM queue_segmentationrequest ORDER BY created_at
"""
COMPLETED_TWICE = """
    SELECT COUNT(*) FROM (SELECT request_id FROM queue_requestevent
    WHERE kind = 'complete' GROUP BY request_id HAVING COUNT(*) > 1) AS twice
"""
COMPLETED_BY_SERIES = """
    SELECT series_id, COUNT(*) FROM queue_segmentationrequest
    WHERE status = 'completed' GROUP BY series_id
"""
ATTEMPTS = "SELECT COALESCE(SUM(attempt), 0) FROM queue_segmentationrequest"


class QueueRows:
    """Reads by a connection of its own."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url

    def status_by_series(self) -> dict[str, str]:
        """Of the newest request of each series."""
        return dict(self._rows(LATEST))

    def completed_by_series(self) -> dict[str, int]:
        return dict(self._rows(COMPLETED_BY_SERIES))

    def completed_twice(self) -> int:
        """Requests with more than one event of completion."""
        return int(self._rows(COMPLETED_TWICE)[0][0])

    def attempts(self) -> int:
        return int(self._rows(ATTEMPTS)[0][0])

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        if self._url.startswith("sqlite"):
            file = self._url.removeprefix("sqlite:///")
            with closing(sqlite3.connect(file, timeout=30)) as database:
                return database.execute(query).fetchall()
        with psycopg.connect(self._url, autocommit=True) as connection:
            return connection.execute(query).fetchall()
