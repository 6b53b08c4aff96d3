# SPDX-License-Identifier: AGPL-3.0-or-later
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

STATUSES = frozenset({"pending", "processing", "completed", "failed", "cancelled"})
OUTCOMES = frozenset({"", "segmented", "nothing_found"})
MOST_KEPT = 50  # requests of one series, the newest ones: far more than anybody makes


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestState:
    """How far one request of a series is, as Django told last."""

    request_id: str
    model: str  # empty until a worker has decided it
    status: str
    outcome: str  # empty unless completed
    attempt: int
    closed_attempt: int  # tickets of this attempt and of earlier ones are void
    event: int  # numbers what happened to the request; a lower one is older news
    created_at: str
    outdated: bool  # images came after the request, so that it is not about the whole series
    results_deleted: bool
    error: Mapping[str, str] | None  # the sentence by language

    @property
    def reached(self) -> str:
        """How far it is, in one word: the outcome of what is completed, else the status."""
        return (self.outcome or self.status) if self.status == "completed" else self.status

    @property
    def age(self) -> tuple[datetime, str]:
        """What requests are ordered by: later ones are newer."""
        return _utc(self.created_at), self.request_id


States = Mapping[str, RequestState]  # by request


def updated(states: States, told: RequestState) -> States:
    """The states with one more update; the same ones if it says nothing new.

    Any order and repetition of the same updates leads to the same states.
    """
    known = states.get(told.request_id)
    if known is not None and known.event >= told.event:
        return states
    together = {**states, told.request_id: told}
    kept = sorted(together.values(), key=lambda state: state.age)[-MOST_KEPT:]
    return {state.request_id: state for state in kept}


def newest_by_model(states: States) -> list[RequestState]:
    """Of each model the newest request, as it stands for what the model made of the series."""
    by_age = sorted(states.values(), key=lambda state: state.age)
    return list({state.model: state for state in by_age}.values())


def parse_state(document: object) -> RequestState:
    """The state in a message or in metadata; unknown keys are ignored.

    Raises:
        ValueError: something is missing or is not what it should be.
    """
    if not isinstance(document, Mapping):
        raise ValueError("a state is a JSON object")  # noqa: TRY004 - of a document, not of code
    state = RequestState(
        request_id=_value(document, "request_id", str),
        model=_value(document, "model", str),
        status=_value(document, "status", str),
        outcome=_value(document, "outcome", str),
        attempt=_value(document, "attempt", int),
        closed_attempt=_value(document, "closed_attempt", int),
        event=_value(document, "event", int),
        created_at=_value(document, "created_at", str),
        outdated=_value(document, "outdated", bool),
        results_deleted=_value(document, "results_deleted", bool),
        error=_sentences(document),
    )
    if not state.request_id or state.status not in STATUSES or state.outcome not in OUTCOMES:
        raise ValueError("request_id, status or outcome is unknown")
    _utc(state.created_at)
    return state


def states_from_json(text: str) -> States:
    """The states in a series' metadata; what cannot be read (any more) counts as unknown."""
    try:
        document = json.loads(text) if text else {}
    except ValueError:
        return {}
    entries = document.values() if isinstance(document, dict) else ()
    states = filter(None, map(_state_or_none, entries))
    return {state.request_id: state for state in states}


def states_as_json(states: States) -> str:
    """What is kept in a series' metadata."""
    document = {request_id: asdict(state) for request_id, state in states.items()}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _state_or_none(document: object) -> RequestState | None:
    try:
        return parse_state(document)
    except ValueError:
        return None


def _value(document: Mapping[str, Any], key: str, kind: type) -> Any:  # noqa: ANN401 - the type asked for
    value = document.get(key)
    if type(value) is not kind:  # a bool is an int, too
        raise ValueError(f"{key} is missing or no {kind.__name__}")
    return value


def _sentences(document: Mapping[str, Any]) -> Mapping[str, str] | None:
    error = document.get("error")
    if error is None:
        return None
    if not isinstance(error, Mapping) or not all(isinstance(v, str) for v in error.values()):
        raise ValueError("error is no sentence by language")
    return dict(error)


def _utc(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
