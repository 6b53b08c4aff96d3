"""States of requests for tests: one of a request in hand, and what a test turns."""

from typing import Any

from segrelay_plugin.states.request_state import RequestState, parse_state


def told(**changes: Any) -> dict[str, Any]:
    """What Django sends about one request."""
    return {
        "request_id": "r-1",
        "model": "brain",
        "status": "processing",
        "outcome": "",
        "attempt": 1,
        "closed_attempt": 0,
        "event": 2,
        "created_at": "2026-01-31T12:00:00+00:00",
        "outdated": False,
        "results_deleted": False,
        "error": None,
        **changes,
    }


def state(**changes: Any) -> RequestState:
    """The same, as the plugin has it."""
    return parse_state(told(**changes))
