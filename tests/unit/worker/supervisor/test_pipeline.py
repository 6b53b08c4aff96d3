from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from builders.finished_results import MODEL, finished_result, write_outcome
from fakes.claims import REQUEST_ID, an_input, claim
from fakes.loopback_server import HttpReply
from fakes.orthanc_server import FakeOrthanc

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.leases import SupersededObject
from segrelay_contract.results import SuccessBody
from segrelay_worker.errors import BlockedError, PermanentError, TransientError
from segrelay_worker.inference.messages import Job
from segrelay_worker.inference.outcome import SeriesOutcome
from segrelay_worker.supervisor.abort import Abort
from segrelay_worker.supervisor.engine import Engine
from segrelay_worker.supervisor.patience import Patience
from segrelay_worker.supervisor.pipeline import Pipeline
from segrelay_worker.supervisor.spool import Spool
from segrelay_worker.transfer.orthanc_client import OrthancClient
from segrelay_worker.transfer.queue_client import Claim
from segrelay_worker.transfer.retrying import RetryPolicy

ONCE = RetryPolicy(1.0, 1.0, give_up_after_seconds=0.0)
SERVER_ERROR = HttpReply(500)


class _Engine:
    """Writes two results without looking at the series; remembers the files of each input."""

    meanwhile: Callable[[], None] = staticmethod(lambda: None)

    def run(self, job: Job, **_: object) -> SeriesOutcome:
        self.meanwhile()
        self.supersedes = job.supersedes
        self.seen = [
            (
                given.role,
                given.instances_digest,
                [file.read_bytes() for file in given.folder.iterdir()],
            )
            for given in job.inputs
        ]
        return write_outcome(job.results_folder)


@pytest.fixture
def orthanc() -> Iterator[FakeOrthanc]:
    with FakeOrthanc() as orthanc:
        orthanc.series["series-1"] = [b"image"]
        yield orthanc


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    (tmp_path / "spool").mkdir()
    return Spool(tmp_path / "spool")


@pytest.fixture
def engine() -> _Engine:
    return _Engine()


@pytest.fixture
def pipeline(orthanc: FakeOrthanc, spool: Spool, engine: _Engine) -> Pipeline:
    return Pipeline(
        orthanc=OrthancClient(url=orthanc.url, user=None, password=""),
        engine=cast("Engine", engine),
        spool=spool,
        threshold=None,
        patience=Patience(ONCE, ONCE, ONCE, ONCE, ONCE),
    )


@pytest.fixture
def run(pipeline: Pipeline) -> Callable[[], SuccessBody]:
    return lambda: result_of(pipeline, claim())


def result_of(pipeline: Pipeline, claim: Claim) -> SuccessBody:
    return pipeline.run(claim, report=lambda *_: None, abort=Abort(), seconds_left=lambda: 60.0)


def test_the_result_names_the_model_that_made_it(
    orthanc: FakeOrthanc, run: Callable[[], SuccessBody]
) -> None:
    result = run().result
    assert result.model == MODEL
    assert [stored.kind for stored in result.objects] == ["SEG", "SC"]
    assert orthanc.stored == [b"SEG", b"SC"]


def test_each_input_is_read_into_a_folder_of_its_own(
    orthanc: FakeOrthanc, pipeline: Pipeline, engine: _Engine
) -> None:
    orthanc.series["series-2"] = [b"other image"]
    inputs = (an_input("../t1", "series-1"), an_input("flair", "series-2"))
    plain = claim()
    two = replace(plain, request=plain.request.model_copy(update={"inputs": inputs}))
    result_of(pipeline, two)
    assert engine.seen == [
        ("../t1", inputs[0].instances_digest, [b"image"]),
        ("flair", inputs[1].instances_digest, [b"other image"]),
    ]


def superseding(claim: Claim) -> Claim:
    earlier = SupersededObject(
        kind="SR", sop_class_uid="1.2", sop_instance_uid="1.3", series_instance_uid="1.4"
    )
    request = claim.request.model_copy(update={"supersedes": (earlier,)})
    return replace(claim, request=request)


def test_every_call_shows_the_newest_ticket_of_its_own_claim(
    orthanc: FakeOrthanc, pipeline: Pipeline, engine: _Engine
) -> None:
    orthanc.has_plugin = True
    held, another = claim(ticket="first"), claim(ticket="of another claim")
    engine.meanwhile = lambda: held.ticket.renew("second")
    result_of(pipeline, held)
    shown = [call.headers["segrelay-ticket"] for call in orthanc.calls]
    assert shown == ["first", "first", "second", "second"]  # two to read, two to store
    orthanc.calls.clear()
    result_of(pipeline, another)
    assert {call.headers["segrelay-ticket"] for call in orthanc.calls} == {"of another claim"}


def test_a_refused_ticket_says_what_the_operator_should_compare(
    orthanc: FakeOrthanc, pipeline: Pipeline
) -> None:
    orthanc.good_ticket = "another"
    with pytest.raises(BlockedError) as caught:
        result_of(pipeline, claim(ticket="bad"))
    assert caught.value.code is ErrorCode.TICKET_REFUSED


def test_the_engine_hears_what_the_result_supersedes(pipeline: Pipeline, engine: _Engine) -> None:
    wanted = superseding(claim())
    result_of(pipeline, wanted)
    assert engine.supersedes == wanted.request.supersedes


def test_a_finished_result_is_delivered_though_earlier_ones_came_or_went(
    orthanc: FakeOrthanc, spool: Spool, pipeline: Pipeline, tmp_path: Path
) -> None:
    spool.results.keep(finished_result(tmp_path))
    result_of(pipeline, superseding(claim(is_resumed=True)))
    assert {call.path for call in orthanc.calls} == {"/instances"}


def test_a_server_that_names_no_inputs_means_the_series_of_the_request(
    pipeline: Pipeline, engine: _Engine
) -> None:
    result_of(pipeline, claim())
    assert engine.seen == [("", claim().request.instances_digest, [b"image"])]


def test_an_archive_that_is_away_blocks_the_worker(
    orthanc: FakeOrthanc, run: Callable[[], SuccessBody]
) -> None:
    orthanc.refusals.append(SERVER_ERROR)
    orthanc.system = SERVER_ERROR
    with pytest.raises(BlockedError) as caught:
        run()
    assert caught.value.code is ErrorCode.ORTHANC_UNREACHABLE


def test_a_series_that_a_healthy_archive_does_not_give_costs_an_attempt(
    orthanc: FakeOrthanc, run: Callable[[], SuccessBody]
) -> None:
    orthanc.archives["series-1"] = SERVER_ERROR
    with pytest.raises(TransientError) as caught:
        run()
    assert caught.value.code is ErrorCode.ORTHANC_UNREACHABLE


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_account_blocks_the_worker(
    orthanc: FakeOrthanc, run: Callable[[], SuccessBody], status: int
) -> None:
    orthanc.refusals.append(HttpReply(status))
    with pytest.raises(BlockedError) as caught:
        run()
    assert caught.value.code is ErrorCode.ARCHIVE_REFUSED
    assert caught.value.parameters == {"http_status": status}


def test_an_address_without_an_orthanc_blocks_the_worker(
    orthanc: FakeOrthanc, run: Callable[[], SuccessBody]
) -> None:
    orthanc.series.clear()
    orthanc.system = HttpReply(404)
    with pytest.raises(BlockedError, match="ORTHANC_URL") as caught:
        run()
    assert caught.value.code is ErrorCode.ORTHANC_UNREACHABLE


def test_a_series_that_an_orthanc_does_not_hold_is_gone(
    orthanc: FakeOrthanc, run: Callable[[], SuccessBody]
) -> None:
    orthanc.series.clear()
    with pytest.raises(PermanentError) as caught:
        run()
    assert caught.value.code is ErrorCode.SERIES_GONE


def test_what_is_finished_stays_until_the_queue_knows_of_it(
    spool: Spool, run: Callable[[], SuccessBody]
) -> None:
    run()
    [kept] = spool.results.waiting()
    assert kept.request == claim().request
    assert not list(spool.folder.glob(f"{REQUEST_ID}-*"))


def test_a_result_that_was_finished_before_is_stored_without_another_look_at_the_series(
    orthanc: FakeOrthanc, spool: Spool, pipeline: Pipeline, tmp_path: Path
) -> None:
    spool.results.keep(finished_result(tmp_path))
    body = result_of(pipeline, claim(is_resumed=True))
    assert orthanc.stored == [b"SEG", b"SC"]
    assert {call.path for call in orthanc.calls} == {"/instances"}
    seconds = body.result.seconds
    assert (seconds.downloading, seconds.inferring, seconds.encoding) == (1.0, 2.0, 3.0)


def test_a_result_of_another_threshold_is_not_delivered(
    orthanc: FakeOrthanc, spool: Spool, pipeline: Pipeline, tmp_path: Path
) -> None:
    spool.results.keep(finished_result(tmp_path).model_copy(update={"threshold": 0.3}))
    result_of(pipeline, claim(is_resumed=True))
    assert "/series/series-1/archive" in {call.path for call in orthanc.calls}
