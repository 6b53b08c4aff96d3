"""The only reader of the environment: what the operator set, checked once at start."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

from segrelay_worker import variables as parse
from segrelay_worker.variables import Variables


@dataclass(frozen=True, repr=False)
class Settings:
    """Everything that differs between two workers; has no repr, so that no log shows a secret."""

    django_api_url: str  # ends in /api/mri, without a slash
    worker_token: str
    orthanc_url: str  # without a slash at the end
    orthanc_user: str | None
    orthanc_password: str
    model_path: Path
    model_memory_bytes: int | None  # for the weights of loaded models together
    device: str
    fallback_device: str | None
    threshold: float | None
    poll_interval_seconds: float
    worker_name: str
    spool_dir: Path
    cache_dir: Path
    log_level: str


def load_settings(*, folder: Path, environment: Mapping[str, str]) -> Settings:
    """Read `.env` in `folder`, overruled by the real environment. Raises SettingsError."""
    written = dotenv_values(folder / ".env", interpolate=False)  # a password may hold "${"
    values = {name: value for name, value in written.items() if value}
    values |= {name: value for name, value in environment.items() if value}
    return _settings(Variables(values), folder)


def _settings(variables: Variables, folder: Path) -> Settings:
    return Settings(
        django_api_url=variables.needed("DJANGO_API_URL", parse.api_url),
        worker_token=variables.needed("WORKER_TOKEN", parse.token),
        orthanc_url=variables.needed("ORTHANC_URL", parse.http_url),
        orthanc_user=variables.optional("ORTHANC_USER", str),
        orthanc_password=variables.optional("ORTHANC_PASSWORD", str) or "",
        model_path=folder / variables.optional("MODEL_PATH", Path, "src/best_model.pth"),
        model_memory_bytes=variables.optional("MODEL_MEMORY_GB", parse.gigabytes),
        device=variables.optional("DEVICE", parse.device, "cpu"),
        fallback_device=variables.optional("DEVICE_FALLBACK", parse.device),
        threshold=variables.optional("THRESHOLD", parse.probability),
        poll_interval_seconds=variables.optional("POLL_INTERVAL", parse.positive_seconds, "30"),
        worker_name=variables.optional("WORKER_NAME", parse.name, socket.gethostname()),
        spool_dir=folder / variables.optional("SPOOL_DIR", Path, "spool"),
        cache_dir=folder / variables.optional("CACHE_DIR", Path, "cache"),
        log_level=variables.optional("LOG_LEVEL", parse.log_level, "INFO"),
    )
