# SPDX-License-Identifier: AGPL-3.0-or-later
import logging
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

logger = logging.getLogger(__name__)

_ID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{8}){4}")
_WORD = re.compile("[a-z-]{1,32}")
# Below these Orthanc has words of its own and ids that are checksums; elsewhere may stand a name.
_RESOURCES = frozenset({"series", "instances", "studies", "patients"})
_PLAIN_ROOTS = _RESOURCES | {"segrelay", "tools"}


@dataclass(frozen=True, slots=True)
class LastRefusal:
    """The latest call that was refused."""

    reason: str
    at: datetime


class Refusals:
    """Counts and logs what workers were refused, without what could name a patient."""

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self.count = 0
        self.last: LastRefusal | None = None

    def note(self, *, reason: str, method: str, path: str, request_id: str | None) -> None:
        """One refused call."""
        with self._lock:
            self.count += 1
            self.last = LastRefusal(reason, self._now())
        logger.warning(
            "ticket_refused request_id=%s reason=%s method=%s path=%s",
            request_id or "-",
            reason,
            method,
            loggable(path),
        )


def loggable(path: str) -> str:
    """The path with an asterisk for all that Orthanc did not name itself."""
    first, *rest = path.strip("/").split("/")
    shown = first if _WORD.fullmatch(first) else "*"
    kept = [_kept(part, is_plain=first in _PLAIN_ROOTS) for part in rest[:8]]
    if first in _RESOURCES and rest and not _ID.fullmatch(rest[0]):
        kept[0] = "*"  # somebody looks for a resource by another name than its id
    return "/" + "/".join((shown, *kept))


def _kept(part: str, *, is_plain: bool) -> str:
    return part if is_plain and (_ID.fullmatch(part) or _WORD.fullmatch(part)) else "*"
