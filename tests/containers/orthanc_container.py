"""Orthanc 1.12 in a container, as docker-compose.test.yml describes it."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import docker
import requests
from docker.models.containers import Container
from integration.django_server import PLUGIN_TOKEN
from integration.free_ports import free_ports
from integration.orthanc_server import ROOT, SHIPPED, shipped_configuration
from integration.polling import until
from integration.ticket_secret import TICKET_SECRET

COMPOSE_FILE = ROOT / "docker-compose.test.yml"
SERVICE_LABEL = "com.docker.compose.service"
PROJECT_LABEL = "com.docker.compose.project"


@dataclass
class OrthancContainer:
    """Up on entry, removed with its volumes on exit; `folder` holds its configuration."""

    folder: Path
    django_url: str = ""  # set before entry

    admin: tuple[str, str] = ("orthanc", "admin-password")
    django: tuple[str, str] = ("django", "django-password")
    worker: tuple[str, str] = ("worker", "worker-password")

    def __post_init__(self) -> None:
        self.http_port, self.dicom_port = free_ports(2)
        self._project = f"segrelay-test-{uuid4().hex[:8]}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    def container(self) -> Container:
        """The running container, as the engine sees it."""
        labels = [f"{PROJECT_LABEL}={self._project}", f"{SERVICE_LABEL}=orthanc"]
        [found] = docker.from_env().containers.list(all=True, filters={"label": labels})
        return found

    def get(self, path: str) -> Any:
        """The JSON at a path, as the administrator."""
        response = requests.get(self.url + path, auth=self.admin, timeout=30)
        response.raise_for_status()
        return response.json()

    def wait_for_answer(self) -> None:
        """Returns when Orthanc answers, after a start of the container by whomever."""
        until(self._answers, what="Orthanc in the container answers", seconds=60)

    def __enter__(self) -> Self:
        self._write_configuration()
        self._compose("up", "--detach", "--build")
        self.wait_for_answer()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._compose("down", "--volumes", "--timeout", "20")

    def _answers(self) -> bool:
        container = self.container()
        if container.status == "exited":
            raise RuntimeError(f"Orthanc ended at once:\n{container.logs().decode()}")
        try:
            return requests.get(f"{self.url}/system", auth=self.admin, timeout=2).ok
        except requests.ConnectionError:
            return False

    def _write_configuration(self) -> None:
        """The shipped one, on free ports of the loopback and quicker to call a series stable."""
        self.folder.mkdir(parents=True)
        changes = {
            "HttpPort": self.http_port,
            "DicomPort": self.dicom_port,
            "RemoteAccessAllowed": False,
            "StableAge": 1,
        }
        configuration = json.dumps(shipped_configuration() | changes)
        (self.folder / "orthanc.json").write_text(configuration)
        rules = (SHIPPED / "segrelay-rules.toml").read_text()
        (self.folder / "segrelay-rules.toml").write_text(rules)
        self.folder.chmod(0o755)  # the container's user is another one

    def _compose(self, *arguments: str) -> None:
        command = [*compose_program(), "-f", str(COMPOSE_FILE), "-p", self._project, *arguments]
        finished = subprocess.run(
            command, env=self._environment(), check=False, capture_output=True, text=True
        )
        if finished.returncode:
            raise RuntimeError(f"{' '.join(command)}:\n{finished.stdout}{finished.stderr}")

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "SEGRELAY_ORTHANC_CONFIG": str(self.folder),
            "SEGRELAY_DJANGO_URL": self.django_url,
            "SEGRELAY_PLUGIN_TOKEN": PLUGIN_TOKEN,
            "SEGRELAY_TICKET_SECRET": TICKET_SECRET,
            "ORTHANC_ADMIN_PASSWORD": self.admin[1],
            "ORTHANC_DJANGO_PASSWORD": self.django[1],
            "ORTHANC_WORKER_PASSWORD": self.worker[1],
        }


def compose_program() -> list[str]:
    """Compose as a plugin of the docker command, or the older program of its own."""
    plugin = subprocess.run(["docker", "compose", "version"], check=False, capture_output=True)
    return ["docker", "compose"] if plugin.returncode == 0 else ["docker-compose"]
