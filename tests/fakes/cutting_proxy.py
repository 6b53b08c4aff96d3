"""A network that loses answers on the way back and cuts connections, in front of some servers."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

_PIECE_BYTES = 1 << 16

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Trouble:
    """How bad the network is; the default is a good one."""

    lose_every: int | None = None  # each n-th answer never arrives, and its connection ends
    cuts_per_second: float = 0.0  # connections that end at any moment, busy or not
    holds: bytes | None = None  # questions that begin so go nowhere


class _Connection:
    """Two streams and what passes between them."""

    def __init__(self, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self.client = client
        self.server = server
        self.is_answer_due = False  # the client spoke last

    def cut(self) -> None:
        """Both sides see a reset."""
        for writer in (self.client, self.server):
            writer.transport.abort()


class CuttingProxy:
    """Listens on a free port; each connection goes to any of the servers that accepts it."""

    def __init__(self, ports: Sequence[int], trouble: Trouble, *, seed: int = 0) -> None:
        self.trouble = trouble
        self.questions = 0
        self.answers = 0
        self.lost_answers = 0
        self.cut_connections = 0
        self._ports = tuple(ports)
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._open: set[_Connection] = set()
        self._serving: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._in_loop(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self._cutting = asyncio.run_coroutine_threadsafe(self._cut_for_ever(), self._loop)

    @property
    def port(self) -> int:
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def calm(self) -> None:
        """Is a good network from now on."""
        self.trouble = Trouble()

    def close(self) -> None:
        """Ends every connection and the listening."""
        self._cutting.cancel()
        self._in_loop(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _in_loop(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _end(self) -> None:
        self._server.close()
        for connection in tuple(self._open):
            connection.cut()
        own = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not own]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A plain function: asyncio logs a coroutine that is cancelled here as a mistake."""
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_side = await self._reached()
        if far_side is None:
            writer.transport.abort()
            return
        answers, far_writer = far_side
        connection = _Connection(writer, far_writer)
        self._open.add(connection)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pass_questions(connection, reader))
                group.create_task(self._pass_answers(connection, answers))
        finally:
            self._open.discard(connection)
            connection.cut()

    async def _reached(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for port in self._random.sample(self._ports, len(self._ports)):
            with contextlib.suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", port)
        return None

    async def _pass_questions(self, connection: _Connection, reader: asyncio.StreamReader) -> None:
        while piece := await _read(reader):
            if self.trouble.holds is not None and piece.startswith(self.trouble.holds):
                await asyncio.Future()  # until the connection ends
            self.questions += not connection.is_answer_due  # one may come in several pieces
            connection.is_answer_due = True
            connection.server.write(piece)
            await _drained(connection.server)
        connection.cut()

    async def _pass_answers(self, connection: _Connection, reader: asyncio.StreamReader) -> None:
        while piece := await _read(reader):
            if connection.is_answer_due and self._loses_this_answer():
                break
            connection.is_answer_due = False
            connection.client.write(piece)
            await _drained(connection.client)
        await _drained(connection.client)
        connection.client.close()  # what was written still arrives
        connection.server.close()

    def _loses_this_answer(self) -> bool:
        self.answers += 1
        every = self.trouble.lose_every
        is_lost = every is not None and self.answers % every == 0
        self.lost_answers += is_lost
        return is_lost

    async def _cut_for_ever(self) -> None:
        while True:
            await asyncio.sleep(0.05)
            share = self.trouble.cuts_per_second * 0.05
            if self._open and self._random.random() < share:
                self._random.choice(tuple(self._open)).cut()
                self.cut_connections += 1


async def _read(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(_PIECE_BYTES)
    except ConnectionError:
        return b""


async def _drained(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        await writer.drain()
