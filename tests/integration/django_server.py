"""The real web host: Django on uvicorn with a SQLite file, as `make demo` and systemd start it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests
from integration.free_ports import free_ports
from integration.migrated_database import migrated_database
from integration.polling import until
from integration.queue_api import QueueApi
from integration.ticket_secret import TICKET_SECRET

from segrelay_contract.paths import API_ROOT, HEALTH

ROOT = Path(__file__).resolve().parents[2]
DJANGO_API = ROOT / "django_api"

WORKER_TOKENS = {"lab1": "token-of-lab1-000000", "lab2": "token-of-lab2-000000"}
PLUGIN_TOKEN = "token-of-the-plugin-0"
REQUESTER_TOKEN = "token-of-a-front-end"


@dataclass
class DjangoServer:
    """Starts on entry and is gone on exit; port and database stay the same in between."""

    folder: Path
    orthanc_url: str
    orthanc_account: tuple[str, str]
    lease_seconds: float = 60
    environment: Mapping[str, str] = field(default_factory=dict)
    application: str = "segrelay_api.asgi:application"

    def __post_init__(self) -> None:
        self.port = free_ports(1)[0]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Of the process that serves; it must have been started."""
        if self._process is None:
            raise RuntimeError("not started")
        return self._process.pid

    @property
    def worker_url(self) -> str:
        """DJANGO_API_URL of workers."""
        return f"{self.url}/api/mri"

    @property
    def api_url(self) -> str:
        """Base of every path of the contract, and `DjangoUrl` of the plugin."""
        return self.url + API_ROOT

    @property
    def log(self) -> str:
        return self._log_file.read_text(encoding="utf-8")

    def api(self, token: str = REQUESTER_TOKEN) -> QueueApi:
        """A client with a token; a front end's by default."""
        return QueueApi(self.api_url, token)

    def row(self, query: str, *values: str) -> tuple[Any, ...] | None:
        """The first row of a query: for the few things that no call shows."""
        with closing(sqlite3.connect(self._database_file)) as database:
            found: tuple[Any, ...] | None = database.execute(query, values).fetchone()
            return found

    def start(self) -> None:
        """Returns when the server answers and its database is in order, archive or not."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._prepare_database()
        with self._log_file.open("ab") as log:
            self._process = subprocess.Popen(
                _server_command(self.application, self.port),
                cwd=self.folder,
                env=self._environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        until(self._database_answers, what="Django answers health/", seconds=30)

    def stop(self) -> None:
        """Asks the server to end, and waits until it has."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Ends the server as a power cut would."""
        self._end(signal.SIGKILL)

    def manage(self, *command: str, typed: str = "") -> str:
        """What `manage.py` prints; `typed` is what it reads."""
        finished = subprocess.run(
            [sys.executable, str(DJANGO_API / "manage.py"), *command],
            env=self._environment(),
            check=False,
            capture_output=True,
            text=True,
            input=typed,
        )
        if finished.returncode:
            raise RuntimeError(f"{command[0]} failed:\n{finished.stderr}")
        return finished.stdout

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def _database_file(self) -> Path:
        return self.folder / "queue.sqlite3"

    @property
    def _log_file(self) -> Path:
        return self.folder / "django.log"

    def _prepare_database(self) -> None:
        if "DATABASE_URL" in self.environment:
            self.manage("migrate", "--verbosity", "0")
        elif not self._database_file.exists():
            self._database_file.write_bytes(migrated_database())

    def _database_answers(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            raise RuntimeError(f"Django ended at once:\n{self.log}")
        try:
            answer = requests.get(self.api_url + HEALTH, timeout=10)
        except requests.ConnectionError:
            return False
        return answer.json()["database"] is True

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise
        finally:
            self._process = None

    def _environment(self) -> dict[str, str]:
        workers = ",".join(f"{name}={token}" for name, token in WORKER_TOKENS.items())
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "DJANGO_SECRET_KEY": "secret-key-of-this-test",
            "DATABASE_URL": f"sqlite:///{self._database_file}",
            "ORTHANC_URL": self.orthanc_url,
            "ORTHANC_USER": self.orthanc_account[0],
            "ORTHANC_PASSWORD": self.orthanc_account[1],
            "WORKER_TOKENS": workers,
            "PLUGIN_TOKEN": PLUGIN_TOKEN,
            "TICKET_SECRET": TICKET_SECRET,
            "REQUESTER_TOKENS": f"front-end={REQUESTER_TOKEN}",
            "LEASE_SECONDS": str(self.lease_seconds),
            **self.environment,
        }


def _server_command(application: str, port: int) -> list[str]:
    program = [sys.executable, "-m", "uvicorn", application]
    address = ["--app-dir", str(DJANGO_API), "--host", "127.0.0.1", "--port", str(port)]
    # A worker's long poll must not hold up the end.
    return [*program, *address, "--log-level", "warning", "--timeout-graceful-shutdown", "1"]
