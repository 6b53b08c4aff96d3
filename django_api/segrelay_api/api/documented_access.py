"""How callers show who they are, written into the description of the API."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from segrelay_api.accounts.permissions import ANYONE, ROUTES

SCHEMES = {
    "token": {"type": "http", "scheme": "bearer"},
    "signed_in": {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME},
}


def document_access(description: dict[str, Any]) -> None:
    """Either way will do; what anybody may call needs neither."""
    description["components"]["securitySchemes"] = SCHEMES
    description["security"] = [{name: []} for name in SCHEMES]
    for path in description["paths"].values():
        for operation in path.values():
            if ROUTES[operation["operationId"]] == ANYONE:
                operation["security"] = []
