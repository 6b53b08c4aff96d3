"""Puts the state of a request on a series, through the plugin in Orthanc."""

from __future__ import annotations

import logging
from enum import Enum, auto
from urllib.parse import quote

from segrelay_api.archive.errors import OrthancUnreachableError
from segrelay_api.archive.orthanc_client import Answer, OrthancClient
from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.mirrored_state import MirroredState

HTTP_OK = 200
HTTP_INTERNAL_ERROR = 500
log = logging.getLogger(__name__)


class Telling(Enum):
    """What came of it."""

    TAKEN = auto()
    SERIES_GONE = auto()  # there is nothing to put it on
    NOT_UNDERSTOOD = auto()  # by a plugin of another version: the same again would not be, either
    BROKEN = auto()  # the plugin stumbled over this one; it may not over others
    AWAY = auto()  # no plugin answers

    @property
    def is_settled(self) -> bool:
        """Whether telling again is of no use."""
        return self in {Telling.TAKEN, Telling.SERIES_GONE, Telling.NOT_UNDERSTOOD}


async def tell_state(orthanc: OrthancClient, *, series_id: str, state: MirroredState) -> Telling:
    """Never raises: what cannot be told now is told later."""
    path = f"/segrelay/series/{quote(series_id, safe='')}/state"
    try:
        answer = await orthanc.put(path, state.model_dump(mode="json"))
    except OrthancUnreachableError:
        return Telling.AWAY
    telling = _meaning(answer)
    if telling not in {Telling.TAKEN, Telling.AWAY}:
        log.info("state not taken series_id=%s why=%s", series_id, telling.name.lower())
    return telling


def _meaning(answer: Answer) -> Telling:
    """An Orthanc without the plugin answers 404 as well, but not in our words."""
    if answer.status == HTTP_OK and answer.body.get("success") is True:
        return Telling.TAKEN
    if answer.body.get("code") == ErrorCode.UNKNOWN_SERIES:
        return Telling.SERIES_GONE
    if answer.body.get("code") == ErrorCode.INVALID_REQUEST:
        return Telling.NOT_UNDERSTOOD
    return Telling.BROKEN if answer.status == HTTP_INTERNAL_ERROR else Telling.AWAY
