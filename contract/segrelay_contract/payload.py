from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Payload(BaseModel):
    """What travels as JSON: frozen, unknown keys ignored so that machines upgrade one at a time."""

    model_config = ConfigDict(frozen=True, extra="ignore")
