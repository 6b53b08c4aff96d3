from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from segrelay_api.queue.eligibility import labels_of, offers_of
from segrelay_api.queue.leasing import Lessee
from segrelay_api.queue.wakeups.happening import Happening
from segrelay_contract.leases import ClaimBody


class ClaimKey(NamedTuple):
    """What one claim is known by, however often it is repeated."""

    worker: str
    claim_id: UUID | None  # None for nobody's


@dataclass(frozen=True)
class Claimer:
    """Who claims, by its token, and what it offers."""

    worker: str
    body: ClaimBody

    @property
    def key(self) -> ClaimKey:
        """The same for the same claim repeated."""
        return ClaimKey(self.worker, self.body.claim_id)

    @cached_property
    def abilities(self) -> tuple[frozenset[str], frozenset[str]]:
        """Models and labels: claimers with the same get the same requests."""
        return frozenset(offers_of(self.body)), frozenset(labels_of(self.body))

    def can_take(self, happening: Happening) -> bool:
        """Whether waking this worker for it makes sense."""
        models, labels = self.abilities
        return happening.model in models and happening.worker_label in labels

    def lessee(self, model: str) -> Lessee:
        """As whom it takes a request for this model."""
        return Lessee(self.worker, self.body.claim_id, offers_of(self.body)[model])
