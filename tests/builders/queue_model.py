"""What the queue ought to know, in a few lines: the yardstick of the stateful test."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from segrelay_contract.status import TRANSITIONS, RequestStatus, Transition

LEASE_SECONDS = 60.0
MAX_ATTEMPTS = 3
CREATE = "create"
STAGE = "stage"
RESULTS_DELETED = "results_deleted"


@dataclass(frozen=True)
class Held:
    """A lease as its worker remembers it, for ever: workers come back late."""

    request_id: UUID
    worker: str
    claim_id: UUID
    token: str
    attempt: int


@dataclass
class ModelRequest:
    """One request and everything that happened to it."""

    id: UUID
    series: int
    order: tuple[datetime, datetime, UUID]  # handed out by this
    status: RequestStatus = RequestStatus.PENDING
    attempt: int = 0
    attempts_used: int = 0
    stage: str = ""
    lease: Held | None = None
    expires_at: datetime | None = None
    settled: Held | None = None
    expired: Held | None = None
    is_stored: bool = False  # its report is in the archive
    results_deleted: bool = False
    kinds: list[str] = field(default_factory=lambda: [CREATE])

    @property
    def is_active(self) -> bool:
        """Whether it stands in the way of a second request for the same work."""
        under_way = self.status in {RequestStatus.PENDING, RequestStatus.PROCESSING}
        return under_way or (self.status == RequestStatus.COMPLETED and not self.results_deleted)

    def has_expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now

    def is_held(self, lease: Held, now: datetime) -> bool:
        return self.lease == lease and not self.has_expired(now)

    def move(self, transition: Transition) -> None:
        rule = TRANSITIONS[transition]
        assert self.status in rule.sources, f"{transition} from {self.status}"
        self.status = rule.target
        self.kinds.append(transition)
        if rule.target != RequestStatus.PROCESSING:
            self.lease, self.expires_at, self.stage = None, None, ""

    def claim(self, lease: Held, now: datetime) -> None:
        self.attempt += 1
        self.attempts_used += 1
        self.move(Transition.CLAIM)
        self.lease, self.settled = lease, None
        self.renew(now)

    def renew(self, now: datetime) -> None:
        self.expires_at = now + timedelta(seconds=LEASE_SECONDS)

    def settle(self, transition: Transition) -> None:
        """The holder ended the attempt, or somebody cancelled it under the holder."""
        self.settled = self.lease
        self.move(transition)

    def end_badly(self, transition: Transition) -> None:
        """What is in the archive counts; else somebody else tries, if attempts are left."""
        if self.is_stored:
            self.complete_as_stored()
            return
        if transition == Transition.EXPIRE:
            self.expired = self.lease
        self.move(self._after_bad_attempt(transition))

    def complete_as_stored(self) -> None:
        self.settled = self.lease or self.settled or self.expired
        self.move(Transition.COMPLETE)

    def _after_bad_attempt(self, transition: Transition) -> Transition:
        return transition if self.attempts_used < MAX_ATTEMPTS else Transition.FAIL
