from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.test import AsyncClient


class CallingClient(AsyncClient):
    """Sends the same headers with every call; Django's own client drops those it was made with."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__()
        self._own_headers = dict(headers)

    def generic(self, *args: Any, **kwargs: Any) -> Any:
        return super().generic(*args, **{**kwargs, "headers": self._own_headers})
