from __future__ import annotations

from pathlib import Path

import pytest
from chaos.run import holds, run_chaos
from chaos.settings import ChaosPlan, Database


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_every_request_ends_with_one_result_although_processes_die_and_answers_get_lost(
    database: Database, tmp_path: Path
) -> None:
    figures = run_chaos(
        ChaosPlan(database, requests=10, seconds=4, workers=4, lease_seconds=3), tmp_path
    )
    assert holds(figures), figures
