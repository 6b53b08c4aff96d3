"""A stand-in for Django that records what the plugin posts, and fails or hangs when told to."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

API = "/api/mri/segmentation/"


@dataclass(frozen=True)
class Call:
    """One call that arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    payload: Any


@dataclass
class FakeDjango:
    """Listens on a free port of the loopback while it is open; the port stays the same."""

    status: int = 200
    answer: Mapping[str, object] = field(default_factory=lambda: {"success": True})
    raw_answer: bytes | None = None
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._hanging = threading.Event()
        self._released = threading.Event()
        self._server: ThreadingHTTPServer | None = None
        self.open(port=0)

    @property
    def url(self) -> str:
        """The base of the API."""
        return f"http://127.0.0.1:{self.port}{API}"

    @property
    def events(self) -> list[dict[str, Any]]:
        """What arrived as events of Orthanc, in order."""
        return [call.payload for call in list(self.calls) if call.path.endswith("orthanc-events/")]

    def open(self, *, port: int | None = None) -> None:
        """Begins to listen (again)."""
        fake = self

        class Handler(_Handler):
            django = fake

        self._server = ThreadingHTTPServer(
            ("127.0.0.1", self.port if port is None else port), Handler
        )
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Refuses connections from now on."""
        self.release()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def reset(self) -> None:
        """Is as good as new, on the same port."""
        self.release()
        self.status, self.answer = 200, {"success": True}
        self.raw_answer, self.answer_headers = None, {}
        self.calls.clear()
        if self._server is None:
            self.open()

    def hang(self) -> None:
        """Leaves calls without an answer until `release`."""
        self._released.clear()
        self._hanging.set()

    def release(self) -> None:
        """Answers the calls that hang, and those that come."""
        self._hanging.clear()
        self._released.set()

    def take(self, call: Call) -> None:
        """Records a call, and holds it while the server is told to hang."""
        self.calls.append(call)
        if self._hanging.is_set():
            self._released.wait(60)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Handler(BaseHTTPRequestHandler):
    django: FakeDjango

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        payload = json.loads(body) if body else None
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.django.take(Call(self.command, self.path, headers, payload))
        raw = self.django.raw_answer
        content = raw if raw is not None else json.dumps(self.django.answer).encode()
        try:
            self.send_response(self.django.status)
            for name, value in self.django.answer_headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except ConnectionError:
            return  # the caller gave up waiting, as callers of a hanging server do

    def log_message(self, *_: object) -> None:
        """Stays silent; the tests look at `calls`."""
