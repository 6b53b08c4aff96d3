from __future__ import annotations

import os
from pathlib import Path
from uuid import UUID

import pytest
from builders.finished_results import finished_result
from fakes.claims import REQUEST_ID, an_input, claim

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import BlockedError, CancelledError, LeaseLostError
from segrelay_worker.supervisor.errors import StoppingError
from segrelay_worker.supervisor.kept_results import LONGEST_SECONDS, MOST, KeptResults
from segrelay_worker.transfer.errors import QueueRefusedError, QueueUnreachableError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "finished").mkdir()
    return tmp_path / "finished"


@pytest.fixture
def results(folder: Path) -> KeptResults:
    return KeptResults(folder)


def is_kept(results: KeptResults) -> bool:
    return bool(results.waiting())


def test_a_result_comes_back_as_it_was_whoever_looks_for_it(
    results: KeptResults, folder: Path, tmp_path: Path
) -> None:
    kept = results.keep(finished_result(tmp_path))
    assert [file.path.read_bytes() for file in kept.outcome.files] == [b"SEG", b"SC"]
    assert KeptResults(folder).waiting() == [kept]


def test_its_files_are_found_where_a_later_worker_moved_them(
    results: KeptResults, folder: Path, tmp_path: Path
) -> None:
    results.keep(finished_result(tmp_path))
    moved = folder.rename(tmp_path / "moved")
    [kept] = KeptResults(moved).waiting()
    assert [file.path.parent.parent for file in kept.outcome.files] == [moved, moved]


def test_the_names_on_disk_hold_nothing_but_the_requests_number(
    results: KeptResults, folder: Path, tmp_path: Path
) -> None:
    results.keep(finished_result(tmp_path))
    assert [path.name for path in folder.iterdir()] == [str(REQUEST_ID)]


@pytest.mark.parametrize("file", ["SEG", "SC", "result.json"])
@pytest.mark.parametrize("torn", [b"", b"half", None])
def test_a_torn_result_is_removed(
    results: KeptResults, folder: Path, tmp_path: Path, file: str, torn: bytes | None
) -> None:
    results.keep(finished_result(tmp_path))
    path = folder / str(REQUEST_ID) / file
    path.unlink() if torn is None else path.write_bytes(torn)
    assert not is_kept(results)
    assert not list(folder.iterdir())


def test_the_oldest_are_removed_where_there_are_too_many(
    results: KeptResults, folder: Path, tmp_path: Path
) -> None:
    for number in range(MOST + 2):
        results.keep(finished_result(tmp_path, number=number))
        os.utime(folder / str(UUID(int=number)), (number, number))
    numbers = [kept.request.request_id.int for kept in KeptResults(folder, clock=float).waiting()]
    assert numbers == list(range(2, MOST + 2))


def test_what_nobody_asked_for_in_days_is_removed(
    results: KeptResults, folder: Path, tmp_path: Path
) -> None:
    results.keep(finished_result(tmp_path))
    made_at = (folder / str(REQUEST_ID)).stat().st_mtime
    assert is_kept(KeptResults(folder, clock=lambda: made_at + LONGEST_SECONDS - 1))
    assert not is_kept(KeptResults(folder, clock=lambda: made_at + LONGEST_SECONDS + 1))


def test_the_same_request_finished_again_replaces_the_first(
    results: KeptResults, tmp_path: Path
) -> None:
    first = finished_result(tmp_path)
    results.keep(first.model_copy(update={"threshold": 0.3}))
    (tmp_path / "again").mkdir()
    kept = results.keep(finished_result(tmp_path / "again"))
    assert results.waiting() == [kept]


def test_it_serves_exactly_the_request_that_it_was_made_for(
    results: KeptResults, tmp_path: Path
) -> None:
    kept = results.keep(finished_result(tmp_path))
    grown = kept.request.model_copy(update={"instances_digest": "f" * 64})
    assert results.made_for(kept.request, None) == kept
    assert results.made_for(kept.request, 0.3) is None
    assert results.made_for(grown, None) is None


def test_of_several_inputs_each_must_be_the_one_that_it_was_made_from(
    results: KeptResults, tmp_path: Path
) -> None:
    plain = finished_result(tmp_path)
    requests = [
        plain.request.model_copy(update={"inputs": (an_input("t1", "a"), an_input("flair", flair))})
        for flair in ("b", "c")
    ]
    kept = results.keep(plain.model_copy(update={"request": requests[0]}))
    assert results.made_for(requests[0], None) == kept
    assert results.made_for(requests[1], None) is None


@pytest.mark.parametrize(
    "ending",
    [
        StoppingError(),
        BlockedError(ErrorCode.ORTHANC_UNREACHABLE),
        QueueUnreachableError("timed out"),
        LeaseLostError(),
    ],
)
def test_a_delivery_that_may_be_repeated_leaves_the_result(
    results: KeptResults, tmp_path: Path, ending: Exception
) -> None:
    results.keep(finished_result(tmp_path))
    with pytest.raises(type(ending)), results.delivering(claim()):
        raise ending
    assert is_kept(results)


@pytest.mark.parametrize("ending", [CancelledError(), QueueRefusedError("no")])
def test_a_result_that_nobody_wants_is_removed(
    results: KeptResults, tmp_path: Path, ending: Exception
) -> None:
    results.keep(finished_result(tmp_path))
    with pytest.raises(type(ending)), results.delivering(claim()):
        raise ending
    assert not is_kept(results)


def test_a_delivered_result_is_removed(results: KeptResults, tmp_path: Path) -> None:
    with results.delivering(claim()):
        results.keep(finished_result(tmp_path))
    assert not is_kept(results)


def test_a_result_that_loses_a_second_lease_is_given_up(
    results: KeptResults, tmp_path: Path
) -> None:
    results.keep(finished_result(tmp_path))
    with pytest.raises(LeaseLostError), results.delivering(claim(is_resumed=True)):
        raise LeaseLostError
    assert not is_kept(results)
