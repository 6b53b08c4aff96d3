"""The worker as a service: works off the queue until a signal ends it."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from segrelay_worker import __version__
from segrelay_worker.errors import PermanentError
from segrelay_worker.logs import ROOT, configure_logs, fields
from segrelay_worker.settings import Settings, load_settings
from segrelay_worker.supervisor.errors import SpoolError
from segrelay_worker.supervisor.shutdown import Shutdown, ask_on_signals
from segrelay_worker.supervisor.worker import run_worker
from segrelay_worker.variables import SettingsError

_log = logging.getLogger(ROOT)

FORMATS = "segrelay_worker.segmenters.formats:SEGMENTER_FORMATS"
STOPPED, SETTINGS_WRONG, MODEL_WRONG = 0, 2, 3  # exit statuses


def run_service(*, folder: Path | None = None, formats: str = FORMATS) -> int:
    """Work until a signal ends it; return the exit status.

    `folder` holds `.env` and is where relative paths start (default: the current folder).
    `formats` names the model formats as "module:NAME".
    """
    configure_logs("INFO")
    try:
        settings = load_settings(folder=folder or Path.cwd(), environment=os.environ)
        configure_logs(settings.log_level)
        return _run(settings, formats)
    except (SettingsError, SpoolError) as error:
        _log.error("❌ 설정 오류 (wrong setting): %s", error)
        return SETTINGS_WRONG


def _run(settings: Settings, formats: str) -> int:
    shutdown = Shutdown()
    ask_on_signals(shutdown.ask)
    _log.info("워커 시작 (worker started)", extra=_shown(settings))
    try:
        run_worker(settings, formats=formats, shutdown=shutdown)
    except PermanentError as error:
        _log.error("❌ 모델 오류 (the model cannot be used): %s", error)
        return MODEL_WRONG
    return STOPPED


def _shown(settings: Settings) -> dict[str, object]:
    return fields(
        worker=settings.worker_name,
        version=__version__,
        device=settings.device,
        django=settings.django_api_url,
        orthanc=settings.orthanc_url,
    )
