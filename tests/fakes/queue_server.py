"""A queue of a few lines: hands requests out once, and fails in the ways that tests ask for."""

from __future__ import annotations

import json
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self
from uuid import UUID, uuid4

from builders.mr_series import build_series
from fakes.loopback_server import HttpCall, HttpReply, LoopbackServer

from segrelay_contract.series_rules.identity import digest_instances

ROOT = "/api/mri/segmentation/"
LONGEST_WAIT_SECONDS = 30.0


@dataclass(frozen=True)
class QueueCall:
    """One call of a worker: `name` is the first part of the path."""

    name: str
    request_id: UUID | None
    body: dict[str, Any]
    token: str | None


def json_reply(status: int, **payload: object) -> HttpReply:
    return HttpReply(status, json.dumps(payload, default=str).encode())


def error_reply(status: int, code: str) -> HttpReply:
    return json_reply(status, success=False, code=code, error=f"This is a test of {code}.")


LOST = HttpReply(lost=True)
NO_CONTENT = HttpReply(204)


# Whatever series is asked for holds the images of the builder's plain phantom.
PHANTOM_DIGEST = digest_instances(str(image.SOPInstanceUID) for image in build_series())


class FakeQueue:
    """Leases last `lease_seconds` and are renewed every `renew_every_seconds`."""

    def __init__(
        self, *, lease_seconds: float = 60.0, renew_every_seconds: float = 0.05, port: int = 0
    ) -> None:
        self.lease_seconds = lease_seconds
        self.renew_every_seconds = renew_every_seconds
        self.model = "stub-bright"
        self.tickets: Iterator[str] | None = None  # that come with each claim and renewal
        self.waits = True  # False: answers an empty claim at once
        self._calls: list[QueueCall] = []
        self._scripted: dict[str, deque[HttpReply]] = defaultdict(deque)
        self._always: dict[str, HttpReply] = {}
        self._pending: deque[tuple[UUID, str]] = deque()
        self._claims: dict[str, HttpReply] = {}
        self._change = threading.Condition()
        self._server = LoopbackServer(self._reply, port=port)

    @property
    def api_url(self) -> str:
        return f"{self._server.url}/api/mri"

    def add_request(self, series_id: str) -> UUID:
        request_id = uuid4()
        with self._change:
            self._pending.append((request_id, series_id))
            self._change.notify_all()
        return request_id

    def script(self, name: str, *replies: HttpReply) -> None:
        """The next calls of this name are answered so, in this order."""
        with self._change:
            self._scripted[name].extend(replies)

    def always(self, name: str, reply: HttpReply) -> None:
        """Every call of this name is answered so from now on."""
        with self._change:
            self._always[name] = reply

    def calls(self, name: str) -> list[QueueCall]:
        with self._change:
            return [call for call in self._calls if call.name == name]

    def names(self) -> list[str]:
        with self._change:
            return [call.name for call in self._calls]

    def wait_until(self, is_so: Callable[[list[QueueCall]], bool], seconds: float = 60.0) -> None:
        """Wait until the calls so far fulfil `is_so`; a test that hangs fails here."""
        with self._change:
            assert self._change.wait_for(lambda: is_so(self._calls), seconds), self._calls

    def wait_for(self, name: str, *, count: int = 1) -> list[QueueCall]:
        self.wait_until(lambda calls: sum(call.name == name for call in calls) >= count)
        return self.calls(name)

    def wait_for_stage(self, stage: str) -> None:
        self.wait_until(lambda calls: any(call.body.get("stage") == stage for call in calls))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()

    def _reply(self, http: HttpCall) -> HttpReply:
        name, _, rest = http.path.removeprefix(ROOT).rstrip("/").partition("/")
        body = json.loads(http.body)
        token = http.headers.get("authorization")
        call = QueueCall(name, UUID(rest) if rest else None, body, token)
        with self._change:
            self._calls.append(call)
            self._change.notify_all()
            return self._reply_to(call)

    def _reply_to(self, call: QueueCall) -> HttpReply:
        if self._scripted[call.name]:
            reply = self._scripted[call.name].popleft()
            if reply is LOST and call.name == "claim":
                self._claim(call.body)  # handed out, but the answer never arrives
            return reply
        if call.name in self._always:
            return self._always[call.name]
        if call.name == "claim":
            return self._claim(call.body)
        if call.name == "update-status":
            lease = self._lease(call.body["lease_token"])
            return json_reply(
                200, success=True, lease=lease, cancel_requested=False, orthanc=self._access()
            )
        return json_reply(200, success=True)

    def _claim(self, body: dict[str, Any]) -> HttpReply:
        claim_id = body["claim_id"]
        wait_seconds = min(body["wait_seconds"], LONGEST_WAIT_SECONDS) if self.waits else 0
        known = self._claims.get(claim_id)
        if known is None and not self._change.wait_for(lambda: self._pending, wait_seconds):
            return NO_CONTENT
        if known is None:
            known = self._claims[claim_id] = self._handed_out(*self._pending.popleft())
        return known

    def _handed_out(self, request_id: UUID, series_id: str) -> HttpReply:
        return json_reply(
            200,
            success=True,
            request={
                "request_id": request_id,
                "series_id": series_id,
                "series_instance_uid": "1.2.3",
                "instances_digest": PHANTOM_DIGEST,
                "model": self.model,
                "threshold": None,
                "run": 0,
                "created_at": datetime.now(UTC).isoformat(),
            },
            lease=self._lease(f"lease-of-{request_id}"),
            orthanc=self._access(),
        )

    def _access(self) -> dict[str, str | None]:
        """With a new ticket each time, so that it can be told whose is shown."""
        if self.tickets is None:
            return {"url": "http://orthanc.invalid", "ticket": None}
        return {"url": "http://orthanc.invalid", "ticket": next(self.tickets)}

    def _lease(self, token: str) -> dict[str, Any]:
        expires_at = datetime.now(UTC) + timedelta(seconds=self.lease_seconds)
        return {
            "token": token,
            "attempt": 1,
            "expires_at": expires_at.isoformat(),
            "renew_every_seconds": self.renew_every_seconds,
        }
