"""Django as several processes on one database, as on several hosts."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from fakes.one_process_worker import CLOCK_SHIFT_VARIABLE
from integration.django_server import DjangoServer
from integration.orthanc_server import OrthancServer

TESTS = Path(__file__).resolve().parents[1]


class WebHost(DjangoServer):
    """One of them; the database is made beforehand, so a start is only a start."""

    def _prepare_database(self) -> None:
        """Done once by `prepare`."""

    def prepare(self) -> None:
        """Makes the database that all of them share."""
        self.folder.mkdir()
        super()._prepare_database()


class WebHosts:
    """Any of them may be killed and comes back on its old port."""

    def __init__(
        self, folder: Path, archive: OrthancServer, clock_shifts: Sequence[float], **settings: str
    ) -> None:
        self._hosts = [
            WebHost(
                folder / f"web{number}",
                archive.url,
                archive.django,
                environment=settings | {CLOCK_SHIFT_VARIABLE: str(shift), "PYTHONPATH": str(TESTS)},
                application="fakes.shifted_web_host:application",
            )
            for number, shift in enumerate(clock_shifts)
        ]
        self._starts: dict[int, threading.Thread] = {}

    @property
    def ports(self) -> list[int]:
        return [host.port for host in self._hosts]

    @property
    def count(self) -> int:
        return len(self._hosts)

    def start(self) -> None:
        self._hosts[0].prepare()
        for host in self._hosts:
            host.start()

    def replace(self, number: int) -> bool:
        """Kills it and starts it again without waiting for it; False while it is starting."""
        before = self._starts.get(number)
        if before is not None and before.is_alive():
            return False
        self._hosts[number].kill()
        start = threading.Thread(target=self._hosts[number].start)
        self._starts[number] = start
        start.start()
        return True

    def stop(self) -> None:
        for start in self._starts.values():
            start.join()
        for host in self._hosts:
            host.kill()
