"""Orthanc 1.12 in a container, as docker-compose.test.yml describes it."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
from dataclasses import dataclass
from functools import cache
from uuid import uuid4

import docker
from docker.models.containers import Container
from integration.orthanc_server import ROOT, OrthancServer

COMPOSE_FILE = ROOT / "docker-compose.test.yml"
ENVIRONMENT_FILE = "environment.json"
SERVICE_LABEL = "com.docker.compose.service"
PROJECT_LABEL = "com.docker.compose.project"
STOP_SECONDS = 60
# docker-compose.test.yml insists on these; what a test leaves empty, the file beside it empties.
NEVER_EMPTY = (
    "ORTHANC_ADMIN_PASSWORD",
    "ORTHANC_DJANGO_PASSWORD",
    "ORTHANC_WORKER_PASSWORD",
    "SEGRELAY_PLUGIN_TOKEN",
    "SEGRELAY_TICKET_SECRET",
)


@dataclass
class OrthancContainer(OrthancServer):
    """The same as on this machine; `folder` holds the configuration, a volume the images."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._project = f"segrelay-test-{uuid4().hex[:8]}"

    @property
    def log(self) -> str:
        return "".join(container.logs().decode() for container in self._containers())

    def stop(self) -> None:
        for container in self._containers():
            container.stop(timeout=STOP_SECONDS)

    def kill(self) -> None:
        for container in self._containers():
            container.kill()
            container.wait()

    def close(self) -> None:
        for container in self._containers():
            container.remove(force=True, v=True)

    def _launch(self) -> None:
        """Goes on with the same volume, even where the environment is another one."""
        self._write_environment()
        self.folder.chmod(0o755)  # the container's user is another one
        compose(
            *("-f", str(self.folder / ENVIRONMENT_FILE), "-p", self._project),
            *("up", "--detach", "--no-build"),
            SEGRELAY_ORTHANC_CONFIG=str(self.folder),
        )

    def _has_ended(self) -> bool:
        return any(container.status == "exited" for container in self._containers())

    def _write_environment(self) -> None:
        """Compose reads JSON as well, and would take a dollar sign for a variable."""
        variables = {name: text.replace("$", "$$") for name, text in self._variables().items()}
        service = {"version": "2.4", "services": {"orthanc": {"environment": variables}}}
        (self.folder / ENVIRONMENT_FILE).write_text(json.dumps(service))

    def _containers(self) -> list[Container]:
        """The one container, as the engine sees it now; none before the first start."""
        labels = [f"{PROJECT_LABEL}={self._project}", f"{SERVICE_LABEL}=orthanc"]
        found: list[Container] = _engine().containers.list(all=True, filters={"label": labels})
        return found


def build_image() -> None:
    """The image that all containers of the tests are made of, with the plugin as it is now."""
    with COMPOSE_FILE.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # the first of several test processes builds it
        subprocess.run([ROOT / "deploy" / "base-images.sh"], check=True)
        compose("build", "--quiet")


def compose(*arguments: str, **variables: str) -> None:
    """Runs Compose. Raises RuntimeError with what it said where it fails."""
    command = [*_compose_program(), "-f", str(COMPOSE_FILE), *arguments]
    environment = {**os.environ, **dict.fromkeys(NEVER_EMPTY, "set"), **variables}
    finished = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    if finished.returncode:
        raise RuntimeError(f"{' '.join(command)}:\n{finished.stdout}{finished.stderr}")


@cache
def _engine() -> docker.DockerClient:
    return docker.from_env()


@cache
def _compose_program() -> list[str]:
    """Compose as a plugin of the docker command, or the older program of its own."""
    plugin = subprocess.run(["docker", "compose", "version"], check=False, capture_output=True)
    return ["docker", "compose"] if plugin.returncode == 0 else ["docker-compose"]
