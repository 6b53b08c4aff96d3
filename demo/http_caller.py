from typing import Any, Final

import requests

from demo.errors import CallFailedError

_SECONDS: Final = 60


class HttpCaller:
    """HTTP to one of the demo's own servers, past any proxy that the environment names."""

    def __init__(self, url: str, *, auth: tuple[str, str] | None = None) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.auth = auth

    def answers(self, path: str) -> bool:
        """Whether a call succeeds just now."""
        try:
            return self._session.get(self.url + path, timeout=_SECONDS).ok
        except requests.RequestException:
            return False

    def get(self, path: str) -> requests.Response:
        """Raises CallFailedError unless the call succeeds."""
        return self._call("GET", path)

    def post(self, path: str, body: bytes, content_type: str) -> requests.Response:
        """Raises CallFailedError unless the call succeeds."""
        return self._call("POST", path, data=body, headers={"Content-Type": content_type})

    def _call(self, method: str, path: str, **arguments: Any) -> requests.Response:  # noqa: ANN401 - as requests takes them
        where = f"{method} {self.url}{path}"
        try:
            response = self._session.request(method, self.url + path, timeout=_SECONDS, **arguments)
        except requests.RequestException as error:
            raise CallFailedError(f"{where} got no answer: {type(error).__name__}.") from error
        if not response.ok:
            raise CallFailedError(f"{where} was answered {response.status_code}: {response.text}")
        return response
