from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from segrelay_api.pages.static_files import CHUNK_BYTES, StaticFiles

LARGE = b"0123456789" * CHUNK_BYTES


@dataclass
class Answer:
    """What an ASGI server would send on."""

    messages: list[Mapping[str, Any]] = field(default_factory=list)

    async def send(self, message: Mapping[str, Any]) -> None:
        self.messages.append(message)

    @property
    def status(self) -> int:
        status: int = self.messages[0]["status"]
        return status

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.messages[0]["headers"])

    @property
    def body(self) -> bytes:
        assert not self.messages[-1].get("more_body")
        return b"".join(message.get("body", b"") for message in self.messages[1:])


@pytest.fixture
def static_files(tmp_path: Path) -> StaticFiles:
    root = tmp_path / "static"
    root.mkdir()
    (root / "page.js").write_text("export {};")
    (root / "large.bin").write_bytes(LARGE)
    (tmp_path / "secret.txt").write_text("not below the root")
    return StaticFiles(root=root, prefix="/static/")


async def ask(files: StaticFiles, path: str, *, method: str = "GET", **headers: str) -> Answer:
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": [
            (name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()
        ],
    }

    async def receive() -> Mapping[str, Any]:
        return {"type": "http.request"}

    answer = Answer()
    await files(scope, receive, answer.send)
    return answer


async def test_a_file_comes_with_its_type_and_is_not_guessed_at(static_files: StaticFiles) -> None:
    answer = await ask(static_files, "/static/page.js")
    assert (answer.status, answer.body) == (200, b"export {};")
    assert answer.headers[b"content-type"].startswith(b"text/javascript")
    assert answer.headers[b"content-length"] == b"10"
    assert answer.headers[b"x-content-type-options"] == b"nosniff"


async def test_a_large_file_comes_whole(static_files: StaticFiles) -> None:
    assert (await ask(static_files, "/static/large.bin")).body == LARGE


@pytest.mark.parametrize(
    "path", ["/static/none.js", "/static/", "/static/../secret.txt", "/static/%2e%2e/secret.txt"]
)
async def test_only_files_below_the_root_exist(static_files: StaticFiles, path: str) -> None:
    answer = await ask(static_files, path)
    assert (answer.status, answer.body) == (404, b"")


async def test_what_the_browser_has_is_not_sent_again(static_files: StaticFiles) -> None:
    first = await ask(static_files, "/static/page.js")
    etag = first.headers[b"etag"].decode()
    again = await ask(static_files, "/static/page.js", if_none_match=etag)
    assert (again.status, again.body) == (304, b"")


async def test_files_are_only_read(static_files: StaticFiles) -> None:
    head = await ask(static_files, "/static/page.js", method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert (await ask(static_files, "/static/page.js", method="POST")).status == 405
