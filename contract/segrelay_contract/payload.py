from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

OrthancId = Annotated[str, Field(min_length=1, max_length=128)]


class Payload(BaseModel):
    """What travels as JSON: frozen, unknown keys ignored so that machines upgrade one at a time.

    JSON has no infinity and no NaN, and neither have its databases.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)
