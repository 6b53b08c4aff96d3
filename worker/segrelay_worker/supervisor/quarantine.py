from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.leases import ModelOffer, QuarantinedModel
from segrelay_worker.logs import fields

_log = logging.getLogger(__name__)

ENOUGH = 3  # bad ends in a row
REQUESTS = 2  # that they were for: a series that no model survives is tried again, and no proof

BAD_ENDS = frozenset({ErrorCode.ENGINE_DIED, ErrorCode.ENGINE_KILLED, ErrorCode.MODEL_TOO_SLOW})


@dataclass(frozen=True)
class Offers:
    """What a worker claims with: the models that it runs, and those that it no longer runs."""

    models: tuple[ModelOffer, ...]
    quarantined: tuple[QuarantinedModel, ...] = ()
    device_memory_bytes: int | None = None

    @property
    def known(self) -> tuple[ModelOffer, ...]:
        """All of them: a result that was finished may be delivered."""
        return self.models + self.quarantined


@dataclass(frozen=True)
class BadEnd:
    """A request at which the process ended, or had to be; the reason is one of BAD_ENDS."""

    request_id: UUID
    reason: ErrorCode


class Quarantine:
    """Keeps apart the models that came to a bad end each time of late.

    They are known by the digest of their package, so that a mended one is another; a start of the
    worker begins anew.
    """

    def __init__(self) -> None:
        self._bad_ends: dict[str, list[BadEnd]] = {}  # since the last result, by digest

    def note_result(self, offer: ModelOffer) -> None:
        """Whatever went wrong before was not the model alone."""
        self._bad_ends.pop(offer.digest, None)

    def note_bad_end(self, offer: ModelOffer, end: BadEnd) -> None:
        """Nothing is run after it if there were enough of them."""
        self._bad_ends.setdefault(offer.digest, []).append(end)
        if self._holds(offer):
            _log.error(
                "❌ 모델을 격리합니다 (the model came to a bad end each time, it is run no more "
                "until its package changes or the worker starts anew)",
                extra=fields(model=offer.name, version=offer.version, reason=end.reason),
            )

    def sorted_out(self, offers: Sequence[ModelOffer]) -> Offers:
        """Those that are run, and those that are not any more."""
        return Offers(
            models=tuple(offer for offer in offers if not self._holds(offer)),
            quarantined=tuple(
                QuarantinedModel(**dict(offer), reason=self._bad_ends[offer.digest][-1].reason)
                for offer in offers
                if self._holds(offer)
            ),
        )

    def _holds(self, offer: ModelOffer) -> bool:
        ends = self._bad_ends.get(offer.digest, [])
        return len(ends) >= ENOUGH and len({end.request_id for end in ends}) >= REQUESTS
