"""The picture of the mask over the image, from Orthanc to the browser."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from segrelay_api.archive.errors import OrthancUnreachableError, UnknownSeriesError
from segrelay_api.archive.orthanc_client import orthanc_client
from segrelay_api.database_calls import in_database
from segrelay_api.pages.admission import admitted
from segrelay_api.pages.refusals import problem_page
from segrelay_api.queue import clock, selectors
from segrelay_api.queue.errors import UnknownRequestError
from segrelay_api.sentences import sentence
from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.results import ShownResult


@require_safe
@admitted
async def request_picture(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """The request's secondary capture as PNG; 404 with a sentence if there is none."""
    try:
        view = await in_database(selectors.view_request, request_id=request_id, now=clock.now())
    except UnknownRequestError:
        problem = sentence(ErrorCode.UNKNOWN_REQUEST, {})
        return problem_page(request, status=404, problem=problem)
    instance_id = _capture_id(view.result)
    if instance_id is None:
        return _no_picture(request)
    return await _rendered(request, instance_id)


def _capture_id(result: ShownResult | None) -> str | None:
    objects = result.objects if result else ()
    return next((stored.orthanc_id for stored in objects if stored.kind == "SC"), None)


async def _rendered(request: HttpRequest, instance_id: str) -> HttpResponse:
    path = f"/instances/{quote(instance_id, safe='')}/preview"
    try:
        png, _ = await orthanc_client().bytes(path)
    except UnknownSeriesError:
        return _no_picture(request)
    except OrthancUnreachableError:
        problem = sentence(ErrorCode.ORTHANC_UNREACHABLE, {})
        return problem_page(request, status=503, problem=problem)
    return HttpResponse(png, content_type="image/png")


def _no_picture(request: HttpRequest) -> HttpResponse:
    problem = gettext("There is no picture of this request in Orthanc.")
    return problem_page(request, status=404, problem=problem)
