"""What another process does to the queue's database, without the web host's knowing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

CREATE_REQUEST = """
import django, sys
django.setup()
from builders.queue_payloads import work
from django.utils import timezone
from segrelay_api.queue import transitions
from segrelay_contract.requests import Priority
request, _ = transitions.create_request(
    work=work(int(sys.argv[1])), priority=Priority.URGENT, actor="x", now=timezone.now()
)
print(request.pk)
"""


def create_request(database_url: str, number: int) -> str:
    """A new request for a model called brain; gives its id."""
    folders = [ROOT / "contract", ROOT / "django_api", ROOT / "tests"]
    environment = os.environ | {
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "segrelay_api.settings",
        "PYTHONPATH": os.pathsep.join(str(folder) for folder in folders),
    }
    command = [sys.executable, "-c", CREATE_REQUEST, str(number)]
    finished = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
    return finished.stdout.decode().strip()
