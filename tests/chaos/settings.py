from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Database = Literal["sqlite", "postgres"]


@dataclass(frozen=True)
class ChaosPlan:
    """How much of what; what is random follows `seed`, apart from the machine's own pace."""

    database: Database
    requests: int = 500
    seconds: float = 60.0  # how long there is trouble; afterwards the rest is worked off in peace
    workers: int = 8
    lease_seconds: float = 6.0
    lose_every: int = 10
    cuts_per_second: float = 2.0
    clock_shifts_seconds: tuple[float, ...] = (300.0, -300.0)  # of the first workers
    web_clock_shifts_seconds: tuple[float, ...] = (0.0, 300.0)  # of each web host
    seed: int = 0

    @property
    def web_clock_shifts(self) -> tuple[float, ...]:
        """None on SQLite, whose processes share a machine and so a clock."""
        shifts = self.web_clock_shifts_seconds
        return shifts if self.database == "postgres" else (0.0,) * len(shifts)

    @property
    def patience_seconds(self) -> float:
        """When what has not ended counts as lost."""
        return self.seconds + 60 + self.requests
