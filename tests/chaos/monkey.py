"""Kills a random worker or web process each second, and now and then freezes a worker."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass

from chaos.settings import ChaosPlan
from chaos.web_hosts import WebHosts
from chaos.workers import Workers, tokens

EVERY_SECONDS = 1.0
FREEZE_EACH = 5  # kills


@dataclass
class Harm:
    """What was done."""

    killed_workers: int = 0
    killed_django: int = 0
    frozen_workers: int = 0


class Monkey:
    """Acts in a thread of its own for as long as the plan says."""

    def __init__(self, plan: ChaosPlan, workers: Workers, web: WebHosts) -> None:
        self.harm = Harm()
        self._plan = plan
        self._workers = workers
        self._web = web
        self._tokens = tokens(plan.workers)
        self._random = random.Random(plan.seed)  # noqa: S311 - repeatable, not secret
        self._frozen: dict[str, float] = {}  # name → when to thaw
        self._thread = threading.Thread(target=self._act)

    def start(self) -> None:
        """Starts the workers, then the trouble."""
        for name in self._tokens:
            self._start_worker(name)
        self._thread.start()

    def join(self) -> None:
        self._thread.join()

    def _act(self) -> None:
        ends_at = time.monotonic() + self._plan.seconds
        turn = 0
        while time.monotonic() < ends_at:
            time.sleep(EVERY_SECONDS)
            turn += 1
            self._thaw(time.monotonic())
            self._kill_somebody()
            if turn % FREEZE_EACH == 0:
                self._freeze_somebody()
        self._thaw(float("inf"))

    def _kill_somebody(self) -> None:
        victims = self._plan.workers + self._web.count
        chosen = self._random.randrange(victims)
        if chosen >= self._plan.workers:
            self.harm.killed_django += self._web.replace(chosen - self._plan.workers)
            return
        name = list(self._tokens)[chosen]
        self._frozen.pop(name, None)
        self._workers.kill(name)
        self._start_worker(name)
        self.harm.killed_workers += 1

    def _freeze_somebody(self) -> None:
        name = self._random.choice([name for name in self._tokens if name not in self._frozen])
        self._workers.freeze(name)
        self._frozen[name] = time.monotonic() + self._plan.lease_seconds + 2
        self.harm.frozen_workers += 1

    def _thaw(self, now: float) -> None:
        for name in [name for name, until in self._frozen.items() if until <= now]:
            self._workers.thaw(name)
            del self._frozen[name]

    def _start_worker(self, name: str) -> None:
        is_first = name == next(iter(self._tokens))
        shift = self._plan.clock_shift_seconds if is_first else 0.0
        self._workers.start(name, self._tokens[name], clock_shift_seconds=shift)
