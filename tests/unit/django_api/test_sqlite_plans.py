"""Which indexes SQLite uses; PostgreSQL, which has the same ones, reads small tables whole."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from segrelay_api.queue import selectors
from segrelay_api.queue.selectors import RequestFilter

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize("only", [RequestFilter(series_id="a"), RequestFilter(study_uid="1.2")])
def test_the_requests_of_a_series_or_a_study_are_found_without_reading_all(
    only: RequestFilter,
) -> None:
    with CaptureQueriesContext(connection) as captured:
        selectors.list_requests(only=only, offset=0, limit=10, now=START)
    with connection.cursor() as cursor:
        for query in captured.captured_queries:
            cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
            assert not [step for *_, step in cursor.fetchall() if step.startswith("SCAN queue_")]
