from __future__ import annotations

from collections.abc import Collection
from copy import copy
from http import HTTPStatus
from typing import Self

import requests
from requests.auth import HTTPBasicAuth

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.tickets import HEADER
from segrelay_worker.errors import BlockedError, PermanentError, TransientError
from segrelay_worker.transfer.held_ticket import HeldTicket
from segrelay_worker.transfer.reasons import plain_reason

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 60.0  # between two pieces; Orthanc may need a while before an archive starts
_ACCOUNT_REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_NO_TICKET = "the queue issued no ticket; if Orthanc asks for them, set TICKET_SECRET of Django"


class OrthancClient:
    """HTTP to the Orthanc that the operator named; its password goes nowhere else.

    Every call raises TransientError(ORTHANC_UNREACHABLE), PermanentError(ARCHIVE_REFUSED), or
    BlockedError: ARCHIVE_REFUSED if it is the account that is refused, TICKET_REFUSED if it is
    what the account showed; `get` also PermanentError(SERIES_GONE). None tries again by itself.
    """

    def __init__(self, *, url: str, user: str | None, password: str) -> None:
        self._url = url
        self._session = requests.Session()
        if user is not None:
            self._session.auth = HTTPBasicAuth(user.encode(), password.encode())  # any letters
        self._ticket = HeldTicket()

    def showing(self, ticket: HeldTicket) -> Self:
        """The same archive for one request: each call shows the newest ticket of its claim."""
        client = copy(self)
        client._ticket = ticket  # noqa: SLF001 - its own, while it is made
        return client

    @property
    def has_ticket(self) -> bool:
        """Whether the queue issues tickets."""
        return self._ticket.newest is not None

    def get(self, path: str, *, stream: bool = False) -> requests.Response:
        """Read `path`; with `stream` the caller reads the body in pieces and closes it."""
        response = self._call("GET", path, stream=stream)
        if response.status_code == HTTPStatus.NOT_FOUND:
            response.close()
            self.require_orthanc()
            raise PermanentError(ErrorCode.SERIES_GONE)
        return _accepted(response)

    def require_orthanc(self) -> None:
        """Ask for `/system`, because other servers, too, answer that they have no such series.

        Raises TransientError(ORTHANC_UNREACHABLE) or BlockedError.
        """
        response = self._call("GET", "/system")
        if response.status_code == HTTPStatus.NOT_FOUND:
            raise _no_orthanc()
        try:
            version = _accepted(response).json()["Version"]
        except (ValueError, KeyError, TypeError) as error:
            raise _no_orthanc() from error
        if not isinstance(version, str):
            raise _no_orthanc()

    def post_dicom(
        self,
        path: str,
        content: bytes,
        *,
        within_seconds: float = CONNECT_SECONDS,
        readable: Collection[int] = (),
    ) -> requests.Response:
        """Store one DICOM object, unless no connection is made within so many seconds.

        Answers with a status that is `readable` to the caller are no errors here.
        """
        connect_seconds = min(CONNECT_SECONDS, within_seconds)
        response = self._call("POST", path, content=content, connect_seconds=connect_seconds)
        return response if response.status_code in readable else _accepted(response)

    def _call(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        stream: bool = False,
        connect_seconds: float = CONNECT_SECONDS,
    ) -> requests.Response:
        try:
            return self._session.request(
                method,
                self._url + path,
                data=content,
                stream=stream,
                headers=self._headers(is_dicom=content is not None),
                timeout=(connect_seconds, ANSWER_SECONDS),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise unreachable(plain_reason(error)) from error

    def _headers(self, *, is_dicom: bool) -> dict[str, str]:
        ticket = self._ticket.newest
        return {
            **({HEADER: ticket} if ticket is not None else {}),
            **({"Content-Type": "application/dicom"} if is_dicom else {}),
        }


def unreachable(detail: str) -> TransientError:
    """Orthanc did not answer, or not in full."""
    return TransientError(ErrorCode.ORTHANC_UNREACHABLE, detail=detail)


def _no_orthanc() -> TransientError:
    return unreachable("what answers at ORTHANC_URL is no Orthanc server; correct ORTHANC_URL")


def _accepted(response: requests.Response) -> requests.Response:
    status = response.status_code
    if status == HTTPStatus.OK:
        return response
    response.close()
    if status in _ACCOUNT_REFUSED:
        raise _blocked(status, has_shown_ticket=HEADER in response.request.headers)
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        raise PermanentError(ErrorCode.ARCHIVE_REFUSED, {"http_status": status})
    raise unreachable(f"HTTP status {status}")


def _blocked(status: int, *, has_shown_ticket: bool) -> BlockedError:
    """Orthanc itself answers 401 to a wrong password; 403 comes from whoever filters its calls."""
    if status == HTTPStatus.FORBIDDEN and has_shown_ticket:
        return BlockedError(ErrorCode.TICKET_REFUSED)
    detail = _NO_TICKET if status == HTTPStatus.FORBIDDEN else ""
    return BlockedError(ErrorCode.ARCHIVE_REFUSED, {"http_status": status}, detail=detail)
