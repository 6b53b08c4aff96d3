from __future__ import annotations

import pytest

from segrelay_contract.status import TRANSITIONS, RequestStatus, Transition, is_final


def reachable_from(start: RequestStatus) -> set[RequestStatus]:
    reached, waiting = {start}, [start]
    while waiting:
        status = waiting.pop()
        for rule in TRANSITIONS.values():
            if status in rule.sources and rule.target not in reached:
                reached.add(rule.target)
                waiting.append(rule.target)
    return reached


def test_every_transition_has_a_rule() -> None:
    assert set(TRANSITIONS) == set(Transition)


def test_every_status_can_be_reached_by_a_new_request() -> None:
    assert reachable_from(RequestStatus.PENDING) == set(RequestStatus)


def test_only_retry_leaves_a_final_status() -> None:
    leaving = {
        transition
        for transition, rule in TRANSITIONS.items()
        if any(is_final(source) for source in rule.sources)
    }
    assert leaving == {Transition.RETRY}


@pytest.mark.parametrize("status", [RequestStatus.COMPLETED, RequestStatus.CANCELLED])
def test_nothing_revives_a_completed_or_cancelled_request(status: RequestStatus) -> None:
    assert reachable_from(status) == {status}


def test_every_status_that_is_not_final_leads_to_an_end() -> None:
    for status in RequestStatus:
        assert any(is_final(reached) for reached in reachable_from(status))


def test_only_a_claim_starts_the_work_and_what_waits_ends_well_only_by_what_is_stored() -> None:
    starts = {t for t, rule in TRANSITIONS.items() if rule.target == RequestStatus.PROCESSING}
    assert starts == {Transition.CLAIM}
    assert TRANSITIONS[Transition.COMPLETE].sources == {
        RequestStatus.PENDING,
        RequestStatus.PROCESSING,
    }
