from __future__ import annotations

from http import HTTPStatus

import requests
from requests.auth import HTTPBasicAuth

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import BlockedError, PermanentError, TransientError
from segrelay_worker.transfer.reasons import plain_reason

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 60.0  # between two pieces; Orthanc may need a while before an archive starts
_ACCOUNT_REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


class OrthancClient:
    """HTTP to the Orthanc that the operator named; its password goes nowhere else.

    Every call raises TransientError(ORTHANC_UNREACHABLE), PermanentError(ARCHIVE_REFUSED), or
    BlockedError(ARCHIVE_REFUSED) if it is the account that is refused; `get` also
    PermanentError(SERIES_GONE). None tries again by itself.
    """

    def __init__(self, *, url: str, user: str | None, password: str) -> None:
        self._url = url
        self._session = requests.Session()
        if user is not None:
            self._session.auth = HTTPBasicAuth(user.encode(), password.encode())  # any letters

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

        Raises TransientError(ORTHANC_UNREACHABLE) or BlockedError(ARCHIVE_REFUSED).
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
        self, path: str, content: bytes, *, within_seconds: float = CONNECT_SECONDS
    ) -> requests.Response:
        """Store one DICOM object, unless no connection is made within so many seconds."""
        connect_seconds = min(CONNECT_SECONDS, within_seconds)
        return _accepted(self._call("POST", path, content=content, connect_seconds=connect_seconds))

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
                headers={"Content-Type": "application/dicom"} if content is not None else None,
                timeout=(connect_seconds, ANSWER_SECONDS),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise unreachable(plain_reason(error)) from error


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
        raise BlockedError(ErrorCode.ARCHIVE_REFUSED, {"http_status": status})
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        raise PermanentError(ErrorCode.ARCHIVE_REFUSED, {"http_status": status})
    raise unreachable(f"HTTP status {status}")
