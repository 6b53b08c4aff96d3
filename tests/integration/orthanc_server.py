"""A real Orthanc on this machine, with the configuration that `orthanc-config/` ships."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests
from integration.free_ports import free_ports
from integration.polling import until
from integration.ticket_secret import TICKET_SECRET

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "orthanc-config"
PYTHON_PLUGIN = "libOrthancPython.so"
NOBODY = "http://127.0.0.1:9/api/mri/segmentation/"  # the port of "discard": nobody listens


@dataclass
class OrthancServer:
    """Starts on entry and is gone on exit; `overrides` replaces top-level keys of orthanc.json.

    What is changed here between an end and a start counts from that start on.
    """

    folder: Path
    django_url: str = NOBODY
    plugin_token: str = "plugin-token"
    rules: str | None = None  # text of the rules file; None: the shipped one
    with_plugin: bool = True
    tickets_required: bool = True
    overrides: Mapping[str, object] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)

    admin: tuple[str, str] = ("orthanc", "admin-password")
    django: tuple[str, str] = ("django", "django-password")
    worker: tuple[str, str] = ("worker", "worker-password")

    def __post_init__(self) -> None:
        self.http_port, self.dicom_port = free_ports(2)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def log(self) -> str:
        """All that Orthanc said since the first start."""
        return self._log_file.read_text(encoding="utf-8")

    def start(self) -> None:
        """Returns when Orthanc answers."""
        self._write_configuration()
        self._launch()
        until(self._answers, what="Orthanc answers /system", seconds=60)

    def stop(self) -> None:
        """Asks Orthanc to end, and waits until it has."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Ends Orthanc as a power cut would."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stops and starts again, on the same ports and data."""
        self.stop()
        self.start()

    def call(self, method: str, path: str, **arguments: Any) -> requests.Response:
        """One HTTP call as the administrator."""
        arguments = {"timeout": 30, "auth": self.admin, **arguments}
        return requests.request(method, self.url + path, **arguments)  # noqa: S113 - set above

    def get(self, path: str) -> Any:
        """The JSON at a path, which must be there."""
        response = self.call("GET", path)
        response.raise_for_status()
        return response.json()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leaves nothing that runs."""
        # An orderly stop takes seconds and matters only to the tests that ask for it.
        self.kill()

    @property
    def _log_file(self) -> Path:
        return self.folder / "orthanc.log"

    def _launch(self) -> None:
        with self._log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [_orthanc_program(), str(self.folder / "orthanc.json")],
                env={
                    "PATH": os.environ["PATH"],
                    "LANG": "C.UTF-8",
                    "ORTHANC_STORAGE": str(self.folder / "storage"),
                    "SEGRELAY_PLUGIN_FOLDER": str(ROOT / "orthanc_plugin"),
                    **self._variables(),
                },
                stdout=log,
                stderr=subprocess.STDOUT,
            )

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

    def _has_ended(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    def _answers(self) -> bool:
        if self._has_ended():
            raise RuntimeError(f"Orthanc ended at once:\n{self.log}")
        try:
            return self.call("GET", "/system", timeout=2).ok
        except requests.ConnectionError:
            return False

    def _variables(self) -> dict[str, str]:
        return {
            "ORTHANC_ADMIN_PASSWORD": self.admin[1],
            "ORTHANC_DJANGO_PASSWORD": self.django[1],
            "ORTHANC_WORKER_PASSWORD": self.worker[1],
            "SEGRELAY_DJANGO_URL": self.django_url,
            "SEGRELAY_PLUGIN_TOKEN": self.plugin_token,
            "SEGRELAY_TICKET_SECRET": TICKET_SECRET,
            **self.environment,
        }

    def _write_configuration(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        rules_file = self.folder / "segrelay-rules.toml"
        if self.rules is None:
            shutil.copy(SHIPPED / "segrelay-rules.toml", rules_file)
        else:
            rules_file.write_text(self.rules)
        (self.folder / "orthanc.json").write_text(json.dumps(self._configuration()))

    def _configuration(self) -> Mapping[str, object]:
        shipped = shipped_configuration()
        shipped["Segrelay"]["Tickets"]["Required"] = self.tickets_required
        configuration = shipped | {
            "HttpPort": self.http_port,
            "DicomPort": self.dicom_port,
            "RemoteAccessAllowed": False,
            "StableAge": 1,
            **self.overrides,
        }
        if not self.with_plugin:
            del configuration["PythonScript"]
            configuration["Plugins"] = [
                path for path in configuration["Plugins"] if not path.endswith(PYTHON_PLUGIN)
            ]
        return configuration


def shipped_configuration() -> dict[str, Any]:
    """orthanc.json as shipped; its comments stand on lines of their own."""
    lines = (SHIPPED / "orthanc.json").read_text().splitlines()
    code = [line for line in lines if not line.lstrip().startswith("//")]
    document: dict[str, Any] = json.loads("\n".join(code))
    return document


def _orthanc_program() -> str:
    # Debian puts it into a folder that only root has on its path.
    program = shutil.which("Orthanc", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        raise RuntimeError("Orthanc is not installed: make setup installs it")
    return program
