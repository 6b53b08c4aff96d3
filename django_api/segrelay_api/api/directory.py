"""Who works, and with which models."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router

from segrelay_api.database_calls import in_database
from segrelay_api.queue import clock, directory
from segrelay_contract.directory import ModelList, WorkerList

router = Router()


@router.get("workers/", response=WorkerList, url_name="list_workers")
async def list_workers(request: HttpRequest) -> WorkerList:
    """Who is online, with which devices and models."""
    workers = await in_database(directory.list_workers, now=clock.now())
    return WorkerList(workers=workers)


@router.get("models/", response=ModelList, url_name="list_models")
async def list_models(request: HttpRequest) -> ModelList:
    """Which models exist, their inputs and segments, and where contents conflict."""
    models = await in_database(directory.list_models, now=clock.now())
    return ModelList(models=models)
