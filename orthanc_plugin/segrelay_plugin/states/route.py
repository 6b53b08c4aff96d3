# SPDX-License-Identifier: AGPL-3.0-or-later
import logging

from segrelay_plugin.rest import Reply, Request, error_reply
from segrelay_plugin.states.mirror import StateMirror
from segrelay_plugin.states.request_state import parse_state

logger = logging.getLogger(__name__)


class StateRoute:
    """Takes from Django how far a request is."""

    def __init__(self, *, mirror: StateMirror) -> None:
        self._mirror = mirror

    def __call__(self, request: Request) -> Reply:
        """Says whether it was news, so that Django need not tell it again either way."""
        try:
            told = parse_state(request.document())
        except ValueError as error:
            logger.warning("state_refused series_id=%s why=%s", request.groups[0], error)
            return error_reply(request, 400, "invalid_request")
        applied = self._mirror.take(series_id=request.groups[0], told=told)
        return Reply(200, {"success": True, "applied": applied})
