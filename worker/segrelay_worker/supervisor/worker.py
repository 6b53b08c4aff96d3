from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from segrelay_contract.leases import Device, WorkerDescription
from segrelay_worker import __version__
from segrelay_worker.errors import BlockedError, TransientError
from segrelay_worker.inference.messages import EngineOrder
from segrelay_worker.settings import Settings
from segrelay_worker.supervisor.abort import Abort
from segrelay_worker.supervisor.claiming import Claiming
from segrelay_worker.supervisor.engine import Engine
from segrelay_worker.supervisor.errors import StoppingError
from segrelay_worker.supervisor.patience import PATIENCE, Patience
from segrelay_worker.supervisor.pipeline import Pipeline
from segrelay_worker.supervisor.quarantine import Offers
from segrelay_worker.supervisor.recovery import Recovery
from segrelay_worker.supervisor.request_handler import RequestHandler
from segrelay_worker.supervisor.shutdown import Shutdown
from segrelay_worker.supervisor.spool import open_spool
from segrelay_worker.transfer.orthanc_client import OrthancClient
from segrelay_worker.transfer.queue_client import QueueClient
from segrelay_worker.transfer.retrying import retry

_log = logging.getLogger(__name__)


def run_worker(settings: Settings, *, formats: str, shutdown: Shutdown) -> None:
    """Claim and handle requests until `shutdown` is asked; must run in the main thread.

    Raises PermanentError if the model package cannot be used, SpoolError if there is no place
    for files.
    """
    patience = PATIENCE
    queue = QueueClient(api_url=settings.django_api_url, token=settings.worker_token)
    orthanc = _orthanc(settings)
    recovery = Recovery(archive=orthanc, policy=patience.blocked, waiting=shutdown.waiting)
    order = EngineOrder(
        settings.model_path,
        settings.device,
        formats,
        settings.log_level,
        settings.model_memory_bytes,
        settings.fallback_device,
        settings.cache_dir,
    )
    with open_spool(settings.spool_dir) as spool, Engine(order) as engine:
        claiming = Claiming(
            queue=queue,
            worker=_description(settings),
            poll_interval_seconds=settings.poll_interval_seconds,
            shutdown=shutdown,
            results=spool.results,
        )
        pipeline = Pipeline(
            orthanc=orthanc,
            engine=engine,
            spool=spool,
            threshold=settings.threshold,
            patience=patience,
        )
        handler = RequestHandler(
            queue=queue,
            work=pipeline.run,
            results=spool.results,
            shutdown=shutdown,
            patience=patience,
        )
        load_models = partial(_loaded_models, engine, shutdown, patience)
        _work(load_models, claiming, handler, recovery)
    _log.info("워커 종료 (worker stopped)")


def _work(
    load_models: Callable[[], Offers],
    claiming: Claiming,
    handler: RequestHandler,
    recovery: Recovery,
) -> None:
    """One request after the other; a worker that cannot work claims nothing."""
    try:
        while True:
            claim = claiming.next_claim(load_models())
            if claim is not None:
                blocked = handler.handle(claim)
                recovery.after(blocked, needs_ticket=claim.ticket.newest is not None)
    except StoppingError:
        return


def _loaded_models(engine: Engine, shutdown: Shutdown, patience: Patience) -> Offers:
    loading = Abort()
    loading.on_set(engine.close)
    with shutdown.holding(loading):
        loading.raise_if_set()
        return retry(
            engine.start,
            what="모델 로드 (model load)",
            on=(TransientError, BlockedError),
            policy=patience.model_load,
            pause=loading.pause,
        )


def _description(settings: Settings) -> WorkerDescription:
    device = Device(name=settings.device)
    return WorkerDescription(name=settings.worker_name, version=__version__, devices=(device,))


def _orthanc(settings: Settings) -> OrthancClient:
    """The address that the operator set; never the one that a claim carries."""
    return OrthancClient(
        url=settings.orthanc_url, user=settings.orthanc_user, password=settings.orthanc_password
    )
