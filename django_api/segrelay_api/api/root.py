from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import NinjaAPI

from segrelay_api.api import directory, errors, events, health, plugin, requests, worker
from segrelay_api.api.authentication import authenticate

api = NinjaAPI(
    title="Segrelay",
    version="1",
    auth=authenticate,
    docs_url=None,
    openapi_url=None,  # django-ninja's own is open to everybody
    urls_namespace="segrelay",
)
errors.install(api)
for room in (requests, events, worker, plugin, directory, health):
    api.add_router("", room.router)


@api.get("openapi.json", include_in_schema=False, url_name="openapi-json")
async def openapi(request: HttpRequest) -> dict[str, Any]:
    """The description of the API, for those who may read."""
    return dict(api.get_openapi_schema())
