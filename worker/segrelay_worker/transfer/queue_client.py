from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import TypeVar
from uuid import UUID

import requests
from pydantic import ValidationError
from requests.auth import AuthBase

from segrelay_contract import paths
from segrelay_contract.leases import (
    ClaimAnswer,
    ClaimBody,
    ClaimedRequest,
    ProgressAnswer,
    ProgressBody,
    ReleaseBody,
)
from segrelay_contract.payload import Payload
from segrelay_contract.results import FailureBody, SuccessBody
from segrelay_worker.transfer.errors import QueueUnreachableError
from segrelay_worker.transfer.held_ticket import HeldTicket
from segrelay_worker.transfer.lease_term import HeldLease, held_lease, lease_clock
from segrelay_worker.transfer.queue_answers import raise_unless_accepted
from segrelay_worker.transfer.reasons import plain_reason

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 15.0  # what any call but a long poll may take

Answer = TypeVar("Answer", bound=Payload)


@dataclass(frozen=True)
class Claim:
    """A request with the lease that came with it, and what it allows in the archive."""

    claim_id: UUID
    request: ClaimedRequest
    lease: HeldLease
    is_resumed: bool  # it was asked for by name, to deliver what was finished before
    ticket: HeldTicket = field(default_factory=HeldTicket)


@dataclass(frozen=True)
class Renewal:
    """What a heartbeat brought; without a lease when the request was cancelled."""

    lease: HeldLease | None
    cancel_requested: bool
    ticket: str | None = field(default=None, repr=False)


class QueueClient:
    """The four calls of a worker; may be used by several threads at once.

    Every call raises QueueUnreachableError, TokenRefusedError or QueueRefusedError; those that
    show a lease also LeaseLostError or CancelledError. None tries again by itself.
    """

    def __init__(
        self, *, api_url: str, token: str, clock: Callable[[], float] = lease_clock
    ) -> None:
        self._root = f"{api_url}/{paths.WORKER_PREFIX}"
        self._clock = clock
        self._session = requests.Session()
        self._session.auth = _BearerAuth(token)
        # Cookies are the one part of a session that threads must not share.
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))

    def claim(self, body: ClaimBody) -> Claim | None:
        """Wait up to `body.wait_seconds` for a request.

        Raises LeaseLostError or CancelledError if the one to be resumed cannot be had.
        """
        asked_at = self._clock()
        response = self._post(paths.CLAIM, body, body.wait_seconds + ANSWER_SECONDS)
        if response.status_code == HTTPStatus.NO_CONTENT:
            return None
        answer = _parsed(response, ClaimAnswer)
        lease = held_lease(answer.lease, server_now=_server_now(response), asked_at=asked_at)
        is_resumed = answer.request.request_id == body.resume
        ticket = HeldTicket(answer.orthanc.ticket)
        return Claim(body.claim_id, answer.request, lease, is_resumed, ticket)

    def update_status(
        self, request_id: UUID, body: ProgressBody, timeout_seconds: float = ANSWER_SECONDS
    ) -> Renewal:
        """Renew the lease and say how far the work is."""
        asked_at = self._clock()
        response = self._post(paths.update_status(request_id), body, timeout_seconds)
        answer = _parsed(response, ProgressAnswer)
        if answer.lease is None:
            return Renewal(None, answer.cancel_requested)
        lease = held_lease(answer.lease, server_now=_server_now(response), asked_at=asked_at)
        ticket = answer.orthanc.ticket if answer.orthanc is not None else None
        return Renewal(lease, answer.cancel_requested, ticket)

    def release(self, request_id: UUID, lease_token: str) -> None:
        """Give the request back unharmed."""
        body = ReleaseBody(lease_token=lease_token)
        self._post(paths.release(request_id), body, ANSWER_SECONDS)

    def complete(self, request_id: UUID, body: SuccessBody | FailureBody) -> None:
        """Report the end; saying the same twice does no harm."""
        self._post(paths.complete_request(request_id), body, ANSWER_SECONDS)

    def _post(self, path: str, body: Payload, answer_seconds: float) -> requests.Response:
        try:
            response = self._session.post(
                self._root + path,
                json=body.model_dump(mode="json"),
                timeout=(CONNECT_SECONDS, answer_seconds),
                allow_redirects=False,  # a redirect would turn the POST into a GET
            )
        except requests.RequestException as error:
            raise QueueUnreachableError(plain_reason(error)) from error
        raise_unless_accepted(response)
        return response


class _BearerAuth(AuthBase):
    """Puts the token on every call; as a header alone it would yield to an entry in ~/.netrc."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _parsed(response: requests.Response, kind: type[Answer]) -> Answer:
    try:
        return kind.model_validate_json(response.content)
    except ValidationError as error:
        raise QueueUnreachableError("the answer is not one of a Segrelay queue") from error


def _server_now(response: requests.Response) -> datetime:
    """The server's clock as it answered; ours if it does not say."""
    try:
        return parsedate_to_datetime(response.headers["Date"])
    except (KeyError, ValueError):
        return datetime.now(UTC)
