"""Log lines are events with fields: one line each, never patient data, tokens or passwords.

The texts are Korean first: operators search them with the words that their guide teaches.
"""

from __future__ import annotations

import json
import logging
import re
import time
import traceback
from pathlib import Path
from typing import Any

ROOT = "segrelay_worker"
_PLAIN = re.compile(r"[^\s\"=]+")


def configure_logs(level: str) -> None:
    """Send the worker's own events to standard error, and nothing that libraries say.

    Libraries quote header values in their messages, and these may be a patient's.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(_EventFormatter())
    own = logging.getLogger(ROOT)
    own.handlers = [handler]
    own.propagate = False
    own.setLevel(level)
    logging.getLogger().addHandler(logging.NullHandler())


def fields(**values: object) -> dict[str, Any]:
    """What goes into `extra=` of a log call; fields that are None are left out."""
    return {"fields": {name: value for name, value in values.items() if value is not None}}


def where(error: BaseException) -> str:
    """The type of an unexpected error, our own lines it came through and the last of all.

    The message stays out: that of an unknown error may quote a header value.
    """
    frames = traceback.extract_tb(error.__traceback__)
    shown = [frame for frame in frames[:-1] if ROOT in frame.filename] + frames[-1:]
    path = " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in shown)
    return f"{type(error).__name__} at {path}"


class _EventFormatter(logging.Formatter):
    """`time LEVEL text key=value …` on one line."""

    def format(self, record: logging.LogRecord) -> str:
        moment = time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(record.created))
        shown = getattr(record, "fields", {})
        parts = [moment, record.levelname, " ".join(record.getMessage().split())]
        return " ".join(parts + [f"{name}={_shown(value)}" for name, value in shown.items()])


def _shown(value: object) -> str:
    text = f"{value:.3f}" if isinstance(value, float) else str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
