"""Calls whose answers are waited for, many at a time and without a thread for each."""

from __future__ import annotations

import json
import select
import socket
from types import TracebackType
from typing import Any, Self

from segrelay_contract.paths import API_ROOT


class OpenCall:
    """One call over a connection of its own, which closes with the block."""

    def __init__(self, port: int, token: str, method: str, path: str, body: str = "") -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        lines = [
            f"{method} {API_ROOT}{path} HTTP/1.0",  # its answers end with the connection
            "Host: localhost",
            f"Authorization: Bearer {token}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        ]
        self._socket.sendall("\r\n".join([*lines, "", body]).encode())

    def is_answered(self) -> bool:
        """Whether something came."""
        readable, _, _ = select.select([self._socket], [], [], 0)
        return bool(readable)

    def answer(self) -> tuple[int, Any]:
        """Status and JSON of an answer that ends."""
        with self._socket.makefile("rb") as file:
            head, _, body = file.read().partition(b"\r\n\r\n")
        return int(head.split()[1]), json.loads(body) if body else None

    def close(self) -> None:
        """Hangs up."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
