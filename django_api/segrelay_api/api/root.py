from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.operation import Operation

from segrelay_api.api import directory, errors, events, health, plugin, requests, worker
from segrelay_api.api.authentication import authenticate
from segrelay_api.api.documented_access import document_access
from segrelay_api.api.documented_errors import document_errors
from segrelay_api.api.documented_examples import document_examples
from segrelay_api.api.storable_text import StorableTextParser


class _Api(NinjaAPI):
    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The route's name, which clients that are generated call it by."""
        return operation.url_name or super().get_openapi_operation_id(operation)


api = _Api(
    title="Segrelay",
    version="1",
    auth=authenticate,
    parser=StorableTextParser(),
    docs_url=None,
    openapi_url=None,  # django-ninja's own is open to everybody
    urls_namespace="segrelay",
)
errors.install(api)
for room in (requests, events, worker, plugin, directory, health):
    api.add_router("", room.router)


def describe() -> dict[str, Any]:
    """OpenAPI 3.1: what django-ninja knows of the calls, and what it does not."""
    description = dict(api.get_openapi_schema())
    document_access(description)
    document_errors(description)
    document_examples(description)
    return description


@api.get("openapi.json", include_in_schema=False, url_name="openapi-json")
async def openapi(request: HttpRequest) -> dict[str, Any]:
    """The description of the API, for those who may read."""
    return describe()
