"""One archive, one web host and workers, as on the machines of a hospital and a lab."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from builders.minimal_mr import upload
from fakes.stub_segmenter import write_stub_package
from fakes.worker_process import STUB_FORMATS, WorkerProcess
from fakes.worker_thread import WorkerThread
from integration.django_server import PLUGIN_TOKEN, WORKER_TOKENS, DjangoServer
from integration.orthanc_server import OrthancServer
from integration.shipped_worker import ShippedWorker
from pydicom import Dataset


@dataclass(frozen=True)
class System:
    """What a test needs of all parts; workers live as long as their `with` block."""

    folder: Path
    archive: OrthancServer
    django: DjangoServer

    def send(self, images: Sequence[Dataset]) -> str:
        """Stores one series; gives Orthanc's id of it."""
        [series_id] = upload(images, url=self.archive.url, auth=self.archive.admin)
        return series_id

    def stub_worker(
        self,
        name: str = "lab1",
        environment: Mapping[str, str] | None = None,
        *,
        formats: str = STUB_FORMATS,
        model_path: Path | None = None,
    ) -> WorkerProcess:
        """A real worker whose model only marks what is bright, or as `formats` have it."""
        folder = self._worker_folder(name)
        settings = self._settings(folder, name, model_path or write_stub_package(folder / "src"))
        return WorkerProcess(folder, settings | dict(environment or {}), formats=formats)

    def worker_in_thread(self, model_path: Path, name: str = "lab1") -> WorkerThread:
        """The same with another model package of stubs, for tests that kill nothing."""
        folder = self._worker_folder(name)
        return WorkerThread(folder, self._settings(folder, name, model_path))

    def shipped_worker(self, model_path: Path, name: str = "lab1") -> ShippedWorker:
        """The worker as it ships, with a real model package."""
        folder = self._worker_folder(name)
        return ShippedWorker(folder, self._settings(folder, name, model_path))

    def _worker_folder(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _settings(self, folder: Path, name: str, model_path: Path) -> dict[str, str]:
        user, password = self.archive.worker
        return {
            "DJANGO_API_URL": self.django.worker_url,
            "WORKER_TOKEN": WORKER_TOKENS[name],
            "WORKER_NAME": name,
            "ORTHANC_URL": self.archive.url,
            "ORTHANC_USER": user,
            "ORTHANC_PASSWORD": password,
            "MODEL_PATH": str(model_path),
            "POLL_INTERVAL": "1",
            "SPOOL_DIR": str(folder / "spool"),
        }


def connected(
    new_orthanc: type[OrthancServer], folder: Path, *, rules: str | None = None
) -> System:
    """An archive whose plugin knows the web host, and the other way round; both not started."""
    orthanc = new_orthanc(folder / "orthanc", plugin_token=PLUGIN_TOKEN, rules=rules)
    django = django_for(orthanc, folder / "django")
    orthanc.django_url = django.api_url
    return System(folder, orthanc, django)


def django_for(archive: OrthancServer, folder: Path, *, lease_seconds: float = 60) -> DjangoServer:
    """A web host that asks this archive."""
    return DjangoServer(folder, archive.url, archive.django, lease_seconds=lease_seconds)
