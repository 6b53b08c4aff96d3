from __future__ import annotations

import logging
from uuid import uuid4

import pytest

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.leases import ModelOffer, OfferedSegment
from segrelay_worker.supervisor.quarantine import ENOUGH, BadEnd, Quarantine


def offer(name: str, digest: str) -> ModelOffer:
    return ModelOffer(
        name=name,
        version="1.0",
        digest=digest * 64,
        weights_sha256="f" * 64,
        roles=("t1",),
        segments=(OfferedSegment(number=1, label="Lesion"),),
    )


BRAIN, LIVER = offer("brain", "a"), offer("liver", "b")


def names(quarantine: Quarantine) -> tuple[list[str], list[str]]:
    offers = quarantine.sorted_out((BRAIN, LIVER))
    return [each.name for each in offers.models], [each.name for each in offers.quarantined]


def test_one_model_in_quarantine_leaves_the_others() -> None:
    quarantine = Quarantine()
    for _ in range(ENOUGH):
        assert names(quarantine) == (["brain", "liver"], [])
        quarantine.note_bad_end(BRAIN, BadEnd(uuid4(), ErrorCode.ENGINE_KILLED))
        quarantine.note_result(LIVER)
    assert names(quarantine) == (["liver"], ["brain"])
    assert quarantine.sorted_out((BRAIN, LIVER)).known == (
        LIVER,
        *quarantine.sorted_out((BRAIN,)).quarantined,
    )


def test_it_is_logged_once_with_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    quarantine = Quarantine()
    with caplog.at_level(logging.ERROR):
        for _ in range(ENOUGH):
            quarantine.note_bad_end(BRAIN, BadEnd(uuid4(), ErrorCode.MODEL_TOO_SLOW))
    [record] = caplog.records
    assert record.__dict__["fields"] == {
        "model": "brain",
        "version": "1.0",
        "reason": ErrorCode.MODEL_TOO_SLOW,
    }


def test_one_series_that_no_process_survives_does_not_end_the_offer_until_another_one_joins() -> (
    None
):
    quarantine = Quarantine()
    poison = BadEnd(uuid4(), ErrorCode.ENGINE_DIED)
    for _ in range(ENOUGH):
        quarantine.note_bad_end(BRAIN, poison)
    assert names(quarantine) == (["brain", "liver"], [])
    quarantine.note_bad_end(BRAIN, BadEnd(uuid4(), ErrorCode.ENGINE_DIED))
    assert names(quarantine) == (["liver"], ["brain"])
