"""Kills a random worker or web process each second, and now and then freezes a worker.

Workers that have finished a result but not delivered it are favourite victims.
"""

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
LURK_SECONDS = 0.8  # how long to wait for a victim to finish something


@dataclass
class Harm:
    """What was done."""

    killed_workers: int = 0
    killed_django: int = 0
    frozen_workers: int = 0
    killed_with_result: int = 0
    frozen_with_result: int = 0


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
        begun_at = time.monotonic()
        turn = 0
        while time.monotonic() < begun_at + self._plan.seconds:
            turn += 1
            time.sleep(max(0.0, begun_at + turn * EVERY_SECONDS - time.monotonic()))
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
        self.harm.killed_with_result += self._random.random() < 0.5 and self._lurk(name)
        self._workers.kill(name)
        self._start_worker(name)
        self.harm.killed_workers += 1

    def _freeze_somebody(self) -> None:
        name = self._random.choice([name for name in self._tokens if name not in self._frozen])
        self.harm.frozen_with_result += self._lurk(name)
        self._workers.freeze(name)
        self._frozen[name] = time.monotonic() + self._plan.lease_seconds + 2
        self.harm.frozen_workers += 1

    def _lurk(self, name: str) -> bool:
        """Wait until it has finished something, which nobody can hold up for long."""
        deadline = time.monotonic() + LURK_SECONDS
        while time.monotonic() < deadline:
            if self._workers.has_finished(name):
                return True
            time.sleep(0.002)
        return False

    def _thaw(self, now: float) -> None:
        for name in [name for name, until in self._frozen.items() if until <= now]:
            self._workers.thaw(name)
            del self._frozen[name]

    def _start_worker(self, name: str) -> None:
        shifts = dict(zip(self._tokens, self._plan.clock_shifts_seconds, strict=False))
        shift = shifts.get(name, 0.0)
        self._workers.start(name, self._tokens[name], clock_shift_seconds=shift)
