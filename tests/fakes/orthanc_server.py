"""An Orthanc of a few lines, for the ways to fail that a real one cannot be brought to."""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from io import BytesIO
from types import TracebackType
from typing import Self
from zipfile import ZipFile

from fakes.loopback_server import HttpCall, HttpReply, LoopbackServer

RESULTS = re.compile(r"/segrelay/requests/[0-9a-f-]{36}/results")
NOT_FOUND_BY_ORTHANC = HttpReply(404, b'{"HttpError": "Not Found", "HttpStatus": 404}')


def zip_of(members: Mapping[str, bytes]) -> bytes:
    target = BytesIO()
    with ZipFile(target, "w") as zipped:
        for name, content in members.items():
            zipped.writestr(name, content)
    return target.getvalue()


class FakeOrthanc:
    """Holds series by id; stores whatever is posted.

    With `has_plugin` results of requests have a route of their own, as Segrelay's plugin gives it.
    """

    def __init__(self) -> None:
        self.has_plugin = False
        self.good_ticket: str | None = None  # whoever shows another one is refused
        self.series: dict[str, Sequence[bytes]] = {}
        self.archives: dict[str, HttpReply] = {}  # sent instead of the right archive
        self.refusals: deque[HttpReply] = deque()  # the next calls are answered so
        self.store_reply: HttpReply | None = None  # sent instead of storing
        self.system = HttpReply(200, b'{"Version": "1.10.1"}')
        self.stored: list[bytes] = []
        self.calls: list[HttpCall] = []
        self.may_read = threading.Event()
        self.may_store = threading.Event()
        self.may_read.set()
        self.may_store.set()
        self._server = LoopbackServer(self._reply)

    @property
    def url(self) -> str:
        return self._server.url

    def downloads(self, series_id: str) -> int:
        """How often it was asked for this series."""
        return [call.path for call in self.calls].count(f"/series/{series_id}/archive")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.may_read.set()
        self.may_store.set()
        self._server.close()

    def _reply(self, call: HttpCall) -> HttpReply:
        self.calls.append(call)
        if self.refusals:
            return self.refusals.popleft()
        if self.good_ticket not in {None, call.headers.get("segrelay-ticket")}:
            return HttpReply(403)
        return self._stored(call) if call.method == "POST" else self._read(call)

    def _stored(self, call: HttpCall) -> HttpReply:
        if call.path == "/instances":
            return self._store(call.body)
        if RESULTS.fullmatch(call.path) and self.has_plugin:
            return self._result(call.body)
        return NOT_FOUND_BY_ORTHANC

    def _read(self, call: HttpCall) -> HttpReply:
        if call.path == "/system":
            return self.system
        if call.path.startswith("/instances/"):
            return self._file(call.path)
        self.may_read.wait(60)
        _, _, rest = call.path.partition("/series/")
        series_id, _, what = rest.partition("/")
        if series_id not in self.series:
            return HttpReply(404)
        return self._archive(series_id) if what == "archive" else self._description(series_id)

    def _description(self, series_id: str) -> HttpReply:
        instances = [f"{series_id}-{number}" for number in range(len(self.series[series_id]))]
        return HttpReply(200, json.dumps({"ID": series_id, "Instances": instances}).encode())

    def _archive(self, series_id: str) -> HttpReply:
        if series_id in self.archives:
            return self.archives[series_id]
        files = {
            f"1 DOE^JANE/Study/MR/MR{number:06}.dcm": content
            for number, content in enumerate(self.series[series_id])
        }
        return HttpReply(200, zip_of(files))

    def _file(self, path: str) -> HttpReply:
        number = int(path.removesuffix("/file").rpartition("-")[2])
        return HttpReply(200, self.stored[number]) if number < len(self.stored) else HttpReply(404)

    def _result(self, content: bytes) -> HttpReply:
        reply = self._store(content)
        if reply.status != HTTPStatus.OK:
            return reply
        said = json.loads(reply.content)
        answer = {
            "success": True,
            "status": said["Status"],
            "orthanc_id": said["ID"],
            "orthanc_series_id": said["ParentSeries"],
        }
        return HttpReply(200, json.dumps(answer).encode())

    def _store(self, content: bytes) -> HttpReply:
        self.may_store.wait(60)
        if self.store_reply is not None:
            return self.store_reply
        status = "AlreadyStored" if content in self.stored else "Success"
        if status == "Success":
            self.stored.append(content)
        number = self.stored.index(content)
        answer = {"ID": f"instance-{number}", "ParentSeries": f"series-{number}", "Status": status}
        return HttpReply(200, json.dumps(answer).encode())
