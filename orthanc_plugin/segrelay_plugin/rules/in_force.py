# SPDX-License-Identifier: AGPL-3.0-or-later
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from segrelay_plugin.errors import ConfigurationError
from segrelay_plugin.rules.loading import load_rules
from segrelay_plugin.rules.rule import Rule

logger = logging.getLogger(__name__)

SETTLED_AFTER_SECONDS = 1.0  # without a change; a file may be read while it is being written

Looks = tuple[int, ...] | None  # of a file: when it was written, its size, which one it is


@dataclass(frozen=True, slots=True)
class RulesState:
    """The rules that hold, and what is wrong with a file that came later."""

    rules: tuple[Rule, ...] = ()  # without rules nothing is tagged
    loaded_at: datetime | None = None
    problem: str = ""
    problem_at: datetime | None = None


class RulesSource(Protocol):
    """Where the rules come from; asked each time, as they may change."""

    def state(self) -> RulesState:
        """The rules that hold now."""


class RulesInForce:
    """The rules of a file, taken over anew when it changes; a wrong change keeps the old ones."""

    def __init__(
        self,
        file: Path,
        *,
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._file = file
        self._now = now
        self._clock = clock
        self._lock = threading.Lock()
        self._read = self._seen = self._looks()
        self._seen_at = clock()
        self._state = self._load(RulesState())

    def state(self) -> RulesState:
        """Looks at the file's time and size, and reads it again when both stay at a new value."""
        with self._lock:
            looks = self._looks()
            if looks != self._seen:
                self._seen, self._seen_at = looks, self._clock()
            elif looks != self._read and self._clock() - self._seen_at >= SETTLED_AFTER_SECONDS:
                self._read = looks
                self._state = self._load(self._state)
            return self._state

    def _load(self, before: RulesState) -> RulesState:
        try:
            rules = load_rules(self._file)
        except ConfigurationError as error:
            logger.error("rules_refused kept=%d why=%s", len(before.rules), error)  # noqa: TRY400 - the sentence says it all
            return replace(before, problem=str(error), problem_at=self._now())
        logger.warning("rules_loaded count=%d", len(rules))
        return RulesState(rules, loaded_at=self._now())

    def _looks(self) -> Looks:
        try:
            found = self._file.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino


@dataclass(frozen=True, slots=True)
class RulesAsGiven:
    """Rules that no file can change: none, where the configuration names no file."""

    given: RulesState

    def state(self) -> RulesState:
        """The rules that were given."""
        return self.given
