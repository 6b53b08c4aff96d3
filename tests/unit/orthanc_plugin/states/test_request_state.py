from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import reduce
from typing import Any

import pytest
from builders.request_states import state, told
from hypothesis import given
from hypothesis import strategies as st

from segrelay_plugin.states.labels import labels_of
from segrelay_plugin.states.request_state import (
    MOST_KEPT,
    RequestState,
    States,
    newest_by_model,
    parse_state,
    states_as_json,
    states_from_json,
    updated,
)

ENDINGS = [("completed", "segmented"), ("completed", "nothing_found"), ("failed", "")]
FIRST = datetime.fromisoformat("2026-01-31T12:00:00+00:00")


@st.composite
def histories(draw: st.DrawFn) -> list[RequestState]:
    """What happened to a few requests of one series: each update with a number of its own."""
    updates = []
    for number in range(draw(st.integers(1, 4))):
        request = {"request_id": f"r-{number}", "created_at": _created(draw(st.integers(0, 2)))}
        model = draw(st.sampled_from(["", "brain", "tumour"]))
        steps: list[Mapping[str, Any]] = [{"status": "pending", "model": model}]
        model = model or draw(st.sampled_from(["brain", "tumour"]))
        status, outcome = draw(st.sampled_from(ENDINGS))
        steps.append({"status": "processing", "model": model, "attempt": 1})
        steps.append({"status": status, "outcome": outcome, "model": model, "closed_attempt": 1})
        steps.append({**steps[-1], "outdated": draw(st.booleans())})
        steps.append({**steps[-1], "results_deleted": draw(st.booleans())})
        most = draw(st.integers(1, len(steps)))
        updates += [state(**request, **step, event=e) for e, step in enumerate(steps[:most])]
    return updates


def _created(minutes: int) -> str:
    return (FIRST + timedelta(minutes=minutes)).isoformat()


def after(updates: list[RequestState]) -> States:
    nothing: States = {}
    return reduce(updated, updates, nothing)


@given(histories(), st.data())
def test_any_order_and_repetition_of_updates_ends_in_the_same_states_and_labels(
    updates: list[RequestState], data: st.DataObject
) -> None:
    repeated = data.draw(st.lists(st.sampled_from(updates), max_size=6))
    mixed = data.draw(st.permutations([*updates, *repeated]))
    assert after(mixed) == after(updates)
    assert newest_by_model(after(mixed)) == newest_by_model(after(updates))
    assert labels_of(newest_by_model(after(mixed))) == labels_of(newest_by_model(after(updates)))


@given(st.permutations(range(MOST_KEPT + 5)))
def test_only_so_many_requests_are_kept_whatever_the_order(numbers: list[int]) -> None:
    updates = [state(request_id=f"r-{n}", created_at=_created(n)) for n in numbers]
    assert set(after(updates)) == {f"r-{n}" for n in range(5, MOST_KEPT + 5)}


@given(histories())
def test_states_are_read_as_they_were_kept(updates: list[RequestState]) -> None:
    assert states_from_json(states_as_json(after(updates))) == after(updates)


@pytest.mark.parametrize(("event", "is_news"), [(1, False), (2, False), (3, True)])
def test_an_update_that_is_not_newer_changes_nothing(event: int, *, is_news: bool) -> None:
    before = updated({}, state(event=2))
    later = updated(before, state(event=event, status="failed"))
    assert (later != before) is is_news


def test_of_a_model_the_newest_request_counts_wherever_its_clock_stood() -> None:
    states = after(
        [
            state(request_id="r-2", created_at="2026-01-31T12:30:00+00:00"),
            state(request_id="r-1", created_at="2026-01-31T13:00:00+01:00"),
            state(request_id="r-3", created_at="2026-01-31T11:00:00", model="tumour"),
        ]
    )
    assert [one.request_id for one in newest_by_model(states)] == ["r-3", "r-2"]


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "done"},
        {"outcome": "tumour"},
        {"event": "2"},
        {"event": True},
        {"closed_attempt": None},
        {"outdated": 1},
        {"created_at": "yesterday"},
        {"request_id": ""},
        {"error": "broken"},
        {"error": {"en": 1}},
    ],
)
def test_what_is_no_state_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_state(told(**changes))


@pytest.mark.parametrize("document", [None, [], "x", {}])
def test_what_is_no_object_of_states_is_refused(document: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_state(document)


def test_unknown_keys_are_ignored_and_missing_ones_refused() -> None:
    assert parse_state({**told(), "colour": "red"}) == state()
    for key in told().keys() - {"error"}:
        with pytest.raises(ValueError, match=key):
            parse_state({name: value for name, value in told().items() if name != key})


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"r-1": {"status": "done"}}'])
def test_metadata_that_somebody_overwrote_holds_no_states(text: str) -> None:
    assert states_from_json(text) == {}
