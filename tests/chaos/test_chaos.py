from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from chaos.run import holds, run_chaos
from chaos.settings import ChaosPlan, Database

pytestmark = pytest.mark.long


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_every_request_ends_with_one_result_although_processes_die_and_answers_get_lost(
    database: Database,
) -> None:
    plan = ChaosPlan(database, requests=10, seconds=4, workers=4, lease_seconds=3)
    with TemporaryDirectory() as folder:  # pytest closes its own to PostgreSQL's user
        figures = run_chaos(plan, Path(folder))
    assert holds(figures), figures
