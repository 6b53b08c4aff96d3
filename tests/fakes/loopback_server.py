"""An HTTP server on a free port of the loopback, answering as a function tells it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class HttpCall:
    """One call that arrived."""

    method: str
    path: str
    headers: Mapping[str, str]  # names in lower case
    body: bytes


@dataclass(frozen=True)
class HttpReply:
    """What goes back; `lost` closes the connection instead, `cut_after` in the middle of it."""

    status: int = 200
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    lost: bool = False
    cut_after: int | None = None


Answer = Callable[[HttpCall], HttpReply]


class LoopbackServer:
    """Listens from the first moment until it is closed."""

    def __init__(self, answer: Answer, *, port: int = 0, says_date: bool = True) -> None:
        class Handler(_Handler):
            pass

        Handler.reply_to = staticmethod(answer)
        Handler.says_date = says_date
        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

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
    reply_to: Answer
    says_date: bool

    def do_GET(self) -> None:
        self._reply()

    def do_POST(self) -> None:
        self._reply()

    def _reply(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = type(self).reply_to(HttpCall(self.command, self.path, headers, body))
        if reply.lost:
            return
        try:
            self._send(reply)
        except ConnectionError:
            return  # the caller is gone, as killed ones are

    def _send(self, reply: HttpReply) -> None:
        self.send_response_only(reply.status)
        if self.says_date:
            self.send_header("Date", self.date_time_string())
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.content)))
        self.end_headers()
        self.wfile.write(reply.content[: reply.cut_after])

    def log_message(self, *_: object) -> None:
        """Stays silent; the tests look at the calls."""
