from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Part of model.toml: a misspelt key must not be taken for an absent one."""

    model_config = ConfigDict(frozen=True, extra="forbid")
