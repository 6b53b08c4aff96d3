"""What the plugin is told, of which requests, and what stays to be told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from builders.claims import claim_next
from builders.orthanc_answers import OrthancAnswers
from builders.queue_payloads import claimer, success_body, work
from django.db import connection
from django.test.utils import CaptureQueriesContext

from segrelay_api.archive.orthanc_client import orthanc_client
from segrelay_api.database_calls import in_database
from segrelay_api.queue import transitions, untold_states
from segrelay_api.queue.deduplication import Work
from segrelay_api.queue.models import SegmentationRequest
from segrelay_api.queue.request_inputs import inputs_of
from segrelay_api.state_mirror import mirror as mirror_module
from segrelay_api.state_mirror.mirror import StateMirror
from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.leases import InputSeries, ProgressBody
from segrelay_contract.requests import Priority
from segrelay_contract.results import FailureBody
from segrelay_contract.status import Stage

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
NO_PLUGIN = httpx.Response(404, json={"HttpStatus": 404, "OrthancError": "Unknown resource"})
STUMBLED = httpx.Response(500, json={"HttpStatus": 500})


def press(number: int = 1, *, roles: tuple[str, ...] = ()) -> SegmentationRequest:
    wanted = work(number)
    inputs = tuple(
        InputSeries(
            role=role,
            series_id=f"series-{number}{role}",
            series_instance_uid="1.2",
            study_id="study",
            instances_digest="a" * 64,
        )
        for role in roles
    )
    request, _ = transitions.create_request(
        work=Work(
            wanted.series, wanted.model, wanted.model_digest, wanted.threshold, inputs=inputs
        ),
        priority=Priority.ROUTINE,
        actor="somebody",
        now=NOW + timedelta(seconds=number),
    )
    return request


def claim() -> SegmentationRequest:
    request = claim_next(claimer=claimer(), lease_seconds=60, now=NOW)
    assert request is not None
    return request


def is_all_told() -> bool:
    left = untold_states.left_over(but=(), most=1)
    return untold_states.changed_requests(most=1) is None and not left


@pytest.fixture
async def mirror(orthanc: OrthancAnswers) -> StateMirror:
    for name in ("series-1", "series-2", "series-3"):
        orthanc.add_series(name)
    return StateMirror(orthanc_client())


async def test_each_change_is_told_with_a_greater_number(
    mirror: StateMirror, orthanc: OrthancAnswers
) -> None:
    request = await in_database(press)
    assert await mirror.tell_all()
    leased = await in_database(claim)
    assert await mirror.tell_all()
    await in_database(
        transitions.complete,
        request_id=request.pk,
        worker="lab1",
        body=success_body(leased.lease_token),
        now=NOW,
    )
    assert await mirror.tell_all()
    told = [state for _, state in orthanc.states]
    assert [state["status"] for state in told] == ["pending", "processing", "completed"]
    assert [state["event"] for state in told] == [1, 2, 3]
    assert [(state["attempt"], state["closed_attempt"]) for state in told] == [
        (0, 0),
        (1, 0),
        (1, 1),
    ]
    assert told[-1]["outcome"] == "segmented"
    assert {state["request_id"] for state in told} == {str(request.pk)}
    assert await in_database(is_all_told)


async def test_what_was_told_is_not_told_again(
    mirror: StateMirror, orthanc: OrthancAnswers
) -> None:
    await in_database(press)
    for _ in range(3):
        assert await mirror.tell_all()
    assert len(orthanc.states) == 1


async def test_only_the_newest_state_is_told(mirror: StateMirror, orthanc: OrthancAnswers) -> None:
    await in_database(press)
    await in_database(claim)
    await mirror.tell_all()
    assert [state["status"] for _, state in orthanc.states] == ["processing"]


async def test_a_request_is_told_at_each_of_its_series(
    mirror: StateMirror, orthanc: OrthancAnswers
) -> None:
    for role in ("t1", "flair"):
        orthanc.add_series(f"series-1{role}")
    request = await in_database(press, roles=("t1", "flair"))
    assert len(inputs_of(request)) == 2
    await mirror.tell_all()
    assert [series_id for series_id, _ in orthanc.states] == ["series-1t1", "series-1flair"]


async def test_the_deletion_of_a_result_is_told(
    mirror: StateMirror, orthanc: OrthancAnswers
) -> None:
    request = await in_database(press)
    leased = await in_database(claim)
    await in_database(
        transitions.complete,
        request_id=request.pk,
        worker="lab1",
        body=success_body(leased.lease_token),
        now=NOW,
    )
    await mirror.tell_all()
    await in_database(transitions.forget_results, series_id="seg-series", now=NOW)
    await mirror.tell_all()
    assert [state["results_deleted"] for _, state in orthanc.states] == [False, True]


async def test_a_failure_is_told_in_both_languages(
    mirror: StateMirror, orthanc: OrthancAnswers
) -> None:
    request = await in_database(press)
    leased = await in_database(claim)
    body = FailureBody(
        success=False,
        lease_token=leased.lease_token,
        error_code=ErrorCode.SINGLE_SLICE,
        error="of the operator alone",
        retryable=False,
    )
    await in_database(transitions.fail, request_id=request.pk, worker="lab1", body=body, now=NOW)
    await mirror.tell_all()
    [(_, state)] = orthanc.states
    assert state["error"]["en"].startswith("This series has only one slice")
    assert "단면" in state["error"]["ko"]
    assert "operator alone" not in str(state)


async def test_while_no_plugin_answers_everything_stays_to_be_told(
    mirror: StateMirror, orthanc: OrthancAnswers
) -> None:
    await in_database(press)
    orthanc.plugin_answer = NO_PLUGIN
    assert not await mirror.tell_all()
    orthanc.is_down = True
    assert not await mirror.tell_all()
    assert not await in_database(is_all_told)
    orthanc.is_down, orthanc.plugin_answer = False, None
    assert await mirror.tell_all()
    assert len(orthanc.states) == 1


async def test_one_call_shows_that_the_plugin_is_away(
    mirror: StateMirror, orthanc: OrthancAnswers
) -> None:
    for number in range(1, 20):
        await in_database(press, number)
    orthanc.plugin_answer = NO_PLUGIN
    await mirror.tell_all()
    assert len(orthanc.asked) <= mirror_module.AT_ONCE


async def test_a_series_that_is_gone_is_not_asked_for_again(
    mirror: StateMirror, orthanc: OrthancAnswers
) -> None:
    del orthanc.rows["series-1"]
    await in_database(press)
    assert await mirror.tell_all()
    assert await in_database(is_all_told)
    assert orthanc.states == []


async def test_a_state_that_the_plugin_stumbles_over_holds_up_no_other_and_is_tried_later(
    mirror: StateMirror, orthanc: OrthancAnswers
) -> None:
    await in_database(press, 1)
    orthanc.plugin_answer = STUMBLED
    assert await mirror.tell_all()
    orthanc.plugin_answer = None
    await in_database(press, 2)
    assert await mirror.tell_all()
    assert [series_id for series_id, _ in orthanc.states] == ["series-2"]
    mirror.try_all_again()
    assert await mirror.tell_all()
    assert [series_id for series_id, _ in orthanc.states] == ["series-2", "series-1"]


async def test_a_change_while_the_plugin_is_told_is_told_as_well(
    mirror: StateMirror, orthanc: OrthancAnswers
) -> None:
    await in_database(press)
    changed = await in_database(untold_states.changed_requests, most=9)
    assert changed is not None
    await in_database(claim)
    await in_database(untold_states.note_told_until, position=changed.until)
    await mirror.tell_all()
    assert [state["status"] for _, state in orthanc.states] == ["processing"]


async def test_more_than_one_batch_is_told(
    mirror: StateMirror, orthanc: OrthancAnswers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror_module, "BATCH", 2)
    for number in (3, 1, 2):
        await in_database(press, number)
    assert await mirror.tell_all()
    assert [series_id for series_id, _ in orthanc.states] == ["series-3", "series-1", "series-2"]


async def test_of_two_web_hosts_the_slower_one_sets_nothing_back(
    mirror: StateMirror, orthanc: OrthancAnswers
) -> None:
    await in_database(press, 1)
    slow = await in_database(untold_states.changed_requests, most=9)
    assert slow is not None
    await in_database(press, 2)
    await mirror.tell_all()
    await in_database(untold_states.note_told_until, position=slow.until)
    await mirror.tell_all()
    assert [series_id for series_id, _ in orthanc.states] == ["series-1", "series-2"]


async def test_a_stage_is_not_told(mirror: StateMirror, orthanc: OrthancAnswers) -> None:
    await in_database(press)
    leased = await in_database(claim)
    await mirror.tell_all()
    await in_database(
        transitions.report_progress,
        request_id=leased.pk,
        worker="lab1",
        body=ProgressBody(lease_token=leased.lease_token, stage=Stage.INFERRING),
        lease_seconds=60,
        now=NOW,
    )
    await mirror.tell_all()
    assert len(orthanc.states) == 1


def test_a_claim_writes_nothing_for_the_mirror() -> None:
    """Its speed is what the queue is measured by."""
    press()
    with CaptureQueriesContext(connection) as captured:
        claim()
    tables = [query["sql"] for query in captured.captured_queries]
    assert not [sql for sql in tables if "mirror" in sql or "untold" in sql]
