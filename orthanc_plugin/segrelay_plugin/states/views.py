# SPDX-License-Identifier: AGPL-3.0-or-later
from collections.abc import Mapping

from segrelay_plugin.sentences import sentence
from segrelay_plugin.states.request_state import RequestState, States, newest_by_model


def state_views(states: States, *, language: str) -> list[Mapping[str, object]]:
    """What a reader is shown of each model's newest request, oldest first."""
    return [_view(state, language) for state in newest_by_model(states)]


def _view(state: RequestState, language: str) -> Mapping[str, object]:
    return {
        "request_id": state.request_id,
        "model": state.model,
        "status": state.status,
        "outcome": state.outcome,
        "outdated": state.outdated,
        "text": " ".join(sentence(code, language=language) for code in _codes(state)),
        "error": state.error.get(language, state.error.get("en")) if state.error else None,
    }


def _codes(state: RequestState) -> list[str]:
    codes = [f"state_{state.reached}"]
    if state.results_deleted:
        codes.append("state_results_deleted")
    if state.outdated:
        codes.append("state_outdated")
    return codes
