"""The main of the inference process: loads models, then works off jobs."""

from __future__ import annotations

import logging
import pkgutil
import signal
import sys
import warnings
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from multiprocessing.connection import Connection

from segrelay_contract.status import Stage
from segrelay_worker.errors import BlockedError, PermanentError, TransientError, WorkerError
from segrelay_worker.inference.changed_packages import has_new_package
from segrelay_worker.inference.device_memory import device_memory_bytes
from segrelay_worker.inference.exit_status import DEVICE_LOST
from segrelay_worker.inference.kept_memory import give_back_kept_memory, keep_freed_memory
from segrelay_worker.inference.loaded_models import LoadedModels
from segrelay_worker.inference.messages import (
    Answer,
    EngineOrder,
    Failed,
    Finished,
    Job,
    Look,
    Progress,
    Question,
    Ready,
    Seen,
)
from segrelay_worker.inference.parent_watch import end_with_parent
from segrelay_worker.inference.rehearsal import rehearse
from segrelay_worker.inference.segment_series import segment_series
from segrelay_worker.inference.usable_packages import UsablePackages, usable_packages
from segrelay_worker.logs import configure_logs, fields, where
from segrelay_worker.segmenters.formats import SegmenterFormats, open_segmenter
from segrelay_worker.segmenters.freed_memory import free_memory
from segrelay_worker.segmenters.package import ModelPackage
from segrelay_worker.segmenters.package_paths import package_paths
from segrelay_worker.segmenters.segmenter import DeviceLostError, Segmenter
from segrelay_worker.unforeseen import unforeseen

_log = logging.getLogger(__name__)

_SPARE_AFTER_SECONDS = 1.0


def main(connection: Connection, order: EngineOrder) -> None:
    """Answer Ready or Failed, then one Finished or Failed per Job until the pipe closes."""
    end_with_parent()
    keep_freed_memory()
    _leave_signals_to_supervisor()
    configure_logs(order.log_level)
    warnings.simplefilter("ignore")  # they quote header values, which may be a patient's
    models = _models(order)
    try:
        packages = usable_packages(package_paths(order.model_path), models)
    except WorkerError as error:
        connection.send(Failed.of(error))
        return
    connection.send(_ready(packages, order.device))
    _use_spare_time(connection, next(iter(packages.by_name.values())))
    _work(connection, order, packages.by_name, models)


def _ready(packages: UsablePackages, device: str) -> Ready:
    return Ready(
        tuple(package.offer() for package in packages.by_name.values()),
        {name: package.manifest.limits.seconds for name, package in packages.by_name.items()},
        device_memory_bytes(device),
        packages.may_become_more,
    )


def _leave_signals_to_supervisor() -> None:
    """Ctrl+C reaches the whole process group; only the supervisor knows what to finish."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def _models(order: EngineOrder) -> LoadedModels:
    formats: SegmenterFormats = pkgutil.resolve_name(order.formats)
    return LoadedModels(
        open_segmenter=partial(
            open_segmenter,
            device=order.device,
            formats=formats,
            fallback_device=order.fallback_device,
            cache_folder=order.cache_folder,
        ),
        budget_bytes=order.memory_bytes,
    )


def _use_spare_time(connection: Connection, package: ModelPackage) -> None:
    """Rehearse, so that the first request is as fast as the next; not while one waits already."""
    if connection.poll(_SPARE_AFTER_SECONDS):
        return
    try:
        rehearse(package)
    except Exception as error:  # noqa: BLE001 - a request would fail alike and be told why
        _log.warning("예행 실패 (the rehearsal failed)", extra=fields(reason=where(error)))


def _work(
    connection: Connection,
    order: EngineOrder,
    packages: Mapping[str, ModelPackage],
    models: LoadedModels,
) -> None:
    while True:
        try:
            question: Question = connection.recv()
        except EOFError:
            return
        match question:
            case Look():
                known = {package.digest for package in packages.values()}
                answer: Answer = Seen(has_new_package(order.model_path, known))
            case Job() as job:
                answer = _answer(job, packages[job.model], models, connection.send)
        connection.send(answer)
        free_memory()
        if isinstance(answer, Failed):
            give_back_kept_memory()


def _segmenter(package: ModelPackage, models: LoadedModels) -> Segmenter:
    """What cannot be loaded any more is the worker's fault, not the request's."""
    try:
        return models.segmenter(package)
    except (PermanentError, TransientError) as error:
        raise BlockedError(error.code, error.parameters, detail=error.detail) from error


def _answer(
    job: Job, package: ModelPackage, models: LoadedModels, send: Callable[[Answer], None]
) -> Answer:
    def report(stage: Stage, fraction: float) -> None:
        send(Progress(stage, fraction))

    try:
        outcome = segment_series(
            inputs=job.inputs,
            results_folder=job.results_folder,
            package=package,
            segmenter=_segmenter(package, models),
            threshold=job.threshold,
            run=job.run,
            supersedes=job.supersedes,
            report=report,
            now=datetime.now().astimezone(),
        )
    except WorkerError as error:
        return Failed.of(error)
    except DeviceLostError as error:
        _log.error("❌ 장치를 잃음 (the device is lost)", extra=fields(reason=error))
        sys.exit(DEVICE_LOST)
    except Exception as error:  # noqa: BLE001 - the loop that reports whatever goes wrong
        return Failed.of(unforeseen(error))
    return Finished(outcome)
