from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from segrelay_api.accounts.permissions import may_call
from segrelay_api.archive.errors import ArchiveError
from segrelay_api.archive.orthanc_client import orthanc_client
from segrelay_api.archive.series_list import LONGEST_LIST, list_mr_series
from segrelay_api.database_calls import in_database
from segrelay_api.pages.admission import admitted, caller_of
from segrelay_api.pages.refusals import problem_page
from segrelay_api.pages.rows import read_rows
from segrelay_api.pages.texts import script_addresses, script_texts
from segrelay_api.queue import clock
from segrelay_api.sentences import sentence
from segrelay_contract.error_codes import ErrorCode

ROUTES_OF_BUTTONS = ("segment_series", "cancel_request", "retry_request")


@require_safe
@admitted
async def series_page(request: HttpRequest) -> HttpResponse:
    """The MR series in Orthanc, each with its button and its latest request."""
    now = clock.now()
    try:
        listed = await list_mr_series(orthanc_client(), today=now.date())
    except ArchiveError:
        problem = sentence(ErrorCode.ORTHANC_UNREACHABLE, {})
        return problem_page(request, status=503, problem=problem)
    rows = await in_database(read_rows, listed=listed, now=now)
    context = {
        "studies": rows.studies,
        "is_full": listed.is_full,
        "longest_list": LONGEST_LIST,
        "requests": rows.requests,
        "may": {route: may_call(caller_of(request), route) for route in ROUTES_OF_BUTTONS},
        "texts": script_texts(),
        "addresses": script_addresses(),
    }
    return render(request, "pages/series.html", context)
