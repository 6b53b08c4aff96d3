from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from builders.finished_results import finished_result
from fakes.claims import claim
from fakes.loopback_server import HttpReply
from fakes.orthanc_server import FakeOrthanc

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.results import SuccessBody
from segrelay_worker.errors import BlockedError, LeaseLostError
from segrelay_worker.supervisor.abort import Abort
from segrelay_worker.supervisor.delivery import Delivery
from segrelay_worker.supervisor.lease_keeper import SecondsLeft
from segrelay_worker.transfer.orthanc_client import OrthancClient
from segrelay_worker.transfer.retrying import RetryPolicy

ONCE = RetryPolicy(1.0, 1.0, give_up_after_seconds=0.0)
PATIENT = RetryPolicy(0.01, 0.01, give_up_after_seconds=60.0)


@pytest.fixture
def orthanc() -> Iterator[FakeOrthanc]:
    with FakeOrthanc() as orthanc:
        yield orthanc


Deliver = Callable[[RetryPolicy, SecondsLeft], SuccessBody]


@pytest.fixture
def deliver(orthanc: FakeOrthanc, tmp_path: Path) -> Deliver:
    def deliver(policy: RetryPolicy, seconds_left: SecondsLeft) -> SuccessBody:
        client = OrthancClient(url=orthanc.url, user=None, password="")
        return Delivery(orthanc=client, policy=policy).deliver(
            finished_result(tmp_path),
            claim=claim(),
            abort=Abort(),
            seconds_left=seconds_left,
        )

    return deliver


def test_a_report_shows_the_lease_that_it_was_delivered_under(deliver: Deliver) -> None:
    assert deliver(ONCE, lambda: 60.0).lease_token == "lease"


def test_an_archive_that_stores_nothing_blocks_the_worker(
    orthanc: FakeOrthanc, deliver: Deliver
) -> None:
    orthanc.store_reply = HttpReply(507)
    with pytest.raises(BlockedError) as caught:
        deliver(ONCE, lambda: 60.0)
    assert caught.value.code is ErrorCode.ORTHANC_UNREACHABLE


def test_a_lease_that_ends_while_the_seg_is_stored_keeps_the_picture_back(
    orthanc: FakeOrthanc, deliver: Deliver
) -> None:
    with pytest.raises(LeaseLostError):
        deliver(ONCE, lambda: 1.9 if orthanc.stored else 60.0)
    assert orthanc.stored == [b"SEG"]


def test_an_upload_is_not_tried_again_after_the_lease(
    orthanc: FakeOrthanc, deliver: Deliver
) -> None:
    orthanc.store_reply = HttpReply(500)
    left = iter([60.0, 60.0, 0.0])
    with pytest.raises(LeaseLostError):
        deliver(PATIENT, lambda: next(left))
    assert [call.method for call in orthanc.calls].count("POST") == 2
