from __future__ import annotations

from ninja import NinjaAPI

from segrelay_api.api import directory, errors, events, health, plugin, requests, worker
from segrelay_api.api.authentication import authenticate

api = NinjaAPI(
    title="Segrelay", version="1", auth=authenticate, docs_url=None, urls_namespace="segrelay"
)
errors.install(api)
for room in (requests, events, worker, plugin, directory, health):
    api.add_router("", room.router)
