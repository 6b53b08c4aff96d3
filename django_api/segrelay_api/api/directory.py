"""Who works, and with which models."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router

from segrelay_api.archive.orthanc_client import orthanc_client
from segrelay_api.database_calls import in_database
from segrelay_api.fitting import models_for_series, models_for_study
from segrelay_api.queue import clock, directory
from segrelay_contract.directory import FittingModelList, ModelList, WorkerList

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


@router.get("series/{series_id}/models/", response=FittingModelList, url_name="series_models")
async def series_models(request: HttpRequest, series_id: str) -> FittingModelList:
    """Which models this series can be pressed for, and why not the others."""
    return await models_for_series(orthanc_client(), series=series_id)


@router.get("studies/{study_id}/models/", response=FittingModelList, url_name="study_models")
async def study_models(request: HttpRequest, study_id: str) -> FittingModelList:
    """Which models find all their series in this study, and what the others lack."""
    return await models_for_study(orthanc_client(), study=study_id)
