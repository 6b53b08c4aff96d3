from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from builders.claims import claim_next
from builders.queue_payloads import claimer, offer, success_body, work

from segrelay_api.queue import transitions
from segrelay_api.queue.models import SegmentationRequest
from segrelay_api.queue.superseding import MOST_RESULTS, note_superseded
from segrelay_contract.leases import SupersededObject
from segrelay_contract.requests import Priority
from segrelay_contract.results import StoredObject, SuccessBody

pytestmark = pytest.mark.django_db

START = datetime(2026, 1, 1, tzinfo=UTC)


def _claimed(version: int, *, series: int = 1, model: str = "brain") -> SegmentationRequest:
    now = START + timedelta(hours=version)
    digest = f"{version:064d}"
    wanted = dataclasses.replace(work(series, model=model), model_digest=digest)
    transitions.create_request(work=wanted, priority=Priority.ROUTINE, actor="somebody", now=now)
    leased = claim_next(claimer=claimer("lab1", offer(model, digest)), lease_seconds=60, now=now)
    assert leased is not None
    return leased


def _body(token: str, version: int) -> SuccessBody:
    body = success_body(token)
    objects = tuple(
        StoredObject(
            kind=kind,
            sop_class_uid="1.2.3" if kind == "SEG" else None,
            sop_instance_uid=f"2.25.{version}.{place}",
            series_instance_uid=f"2.25.{version}.{place}.1",
            orthanc_id="instance",
            orthanc_series_id="series",
        )
        for place, kind in enumerate(("SEG", "SC", "SR"))
    )
    return body.model_copy(update={"result": body.result.model_copy(update={"objects": objects})})


def _complete(version: int, *, series: int = 1, model: str = "brain") -> SegmentationRequest:
    leased = _claimed(version, series=series, model=model)
    return transitions.complete(
        request_id=leased.pk,
        worker="lab1",
        body=_body(leased.lease_token, version),
        now=START + timedelta(hours=version),
    )


def _superseded(request: SegmentationRequest) -> tuple[SupersededObject, ...]:
    note_superseded([request])
    return request.superseded


def test_a_new_version_supersedes_segs_and_reports_of_all_before_it() -> None:
    _complete(1)
    _complete(2)
    earlier = _superseded(_claimed(3))
    assert [(stored.kind, stored.sop_instance_uid) for stored in earlier] == [
        ("SEG", "2.25.2.0"),
        ("SR", "2.25.2.2"),
        ("SEG", "2.25.1.0"),
        ("SR", "2.25.1.2"),
    ]
    assert earlier[0].sop_class_uid == "1.2.3"
    assert earlier[1].sop_class_uid == "1.2.840.10008.5.1.4.1.1.88.22"


def test_other_series_other_models_and_the_same_version_are_not_superseded() -> None:
    _complete(1, series=2)
    _complete(1, model="tumour")
    done = _complete(3)
    again, _ = transitions.create_request(
        work=dataclasses.replace(work(), model_digest=done.model_digest),
        priority=Priority.ROUTINE,
        actor="somebody",
        now=START,
        force=True,
    )
    assert _superseded(again) == ()


def test_what_was_deleted_or_has_no_objects_is_not_named() -> None:
    deleted = _complete(1)
    SegmentationRequest.objects.filter(pk=deleted.pk).update(results_deleted=True)
    old = _complete(2)
    SegmentationRequest.objects.filter(pk=old.pk).update(result={"tumor_detected": True})
    assert _superseded(_claimed(3)) == ()


def test_only_the_newest_results_are_named() -> None:
    for version in range(1, MOST_RESULTS + 3):
        _complete(version)
    earlier = _superseded(_claimed(99))
    assert len(earlier) == 2 * MOST_RESULTS
    assert earlier[0].sop_instance_uid == f"2.25.{MOST_RESULTS + 2}.0"
