from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class WeightsFacts:
    """What could be found out about a model; None or empty is what could not.

    `roles` and `labels` are names that the model itself gives its inputs and segments.
    """

    format: str
    in_channels: int | None = None
    out_channels: int | None = None
    window: tuple[int, ...] | None = None  # the only size that it takes
    network_class: str | None = None
    arguments: Mapping[str, int] = field(default_factory=dict)
    key: str | None = None
    prefix: str = ""
    lora_rank: int | None = None
    roles: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    activation: str | None = None
