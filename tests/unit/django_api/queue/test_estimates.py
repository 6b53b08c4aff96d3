from __future__ import annotations

import pytest

from segrelay_api.queue.estimates import OnlineWorker, Wanted, seconds_until_done, waiting_for

USUAL = {"brain": 10.0, "prostate": 60.0}


def worker(
    *models: str,
    busy_seconds: float = 0.0,
    too_large: tuple[str, ...] = (),
    label: str = "",
    slowness: float = 1.0,
    quarantined: tuple[str, ...] = (),
) -> OnlineWorker:
    labels = frozenset({label} if label else ())
    usual = {model: slowness * seconds for model, seconds in USUAL.items()}
    return OnlineWorker(models, too_large, labels, busy_seconds, usual, quarantined)


def wanted(*models: str) -> list[Wanted]:
    return [Wanted(model, "") for model in models]


def test_one_worker_does_one_after_the_other() -> None:
    queue = wanted("brain", "prostate", "brain")
    assert seconds_until_done(queue, [worker("brain", "prostate")]) == [10, 70, 80]


def test_what_a_worker_has_in_hand_comes_first() -> None:
    assert seconds_until_done(wanted("brain"), [worker("brain", busy_seconds=7)]) == [17]


def test_several_workers_share_and_the_first_free_takes_the_next() -> None:
    queue = wanted("brain", "brain", "brain")
    workers = [worker("brain", busy_seconds=5), worker("brain")]
    assert seconds_until_done(queue, workers) == [10, 15, 20]


def test_a_worker_without_the_model_does_not_help() -> None:
    workers = [worker("prostate"), worker("brain")]
    assert seconds_until_done(wanted("prostate", "brain", "brain"), workers) == [60, 10, 20]


def test_each_worker_takes_its_own_time() -> None:
    workers = [worker("brain", slowness=3), worker("brain")]
    assert seconds_until_done(wanted("brain", "brain", "brain"), workers) == [30, 10, 20]


def test_a_request_for_any_model_takes_as_long_as_the_first_of_its_worker() -> None:
    assert seconds_until_done(wanted(""), [worker("prostate", "brain")]) == [60]


@pytest.mark.parametrize(
    ("model", "workers"),
    [("brain", []), ("brain", [worker("prostate")]), ("liver", [worker("liver")])],
    ids=["nobody there", "nobody offers it", "never measured"],
)
def test_what_nobody_knows_is_not_guessed(model: str, workers: list[OnlineWorker]) -> None:
    assert seconds_until_done(wanted(model), workers) == [None]


def test_a_label_is_waited_for_where_it_is() -> None:
    queue = [Wanted("brain", "site=seoul")]
    workers = [worker("brain"), worker("brain", label="site=seoul", busy_seconds=30)]
    assert seconds_until_done(queue, workers) == [40]


@pytest.mark.parametrize(
    ("request_", "workers", "ahead", "reason"),
    [
        (Wanted("brain", ""), [], 0, "no_worker_online"),
        (Wanted("brain", ""), [worker("prostate")], 0, "no_worker_offers_model"),
        (Wanted("brain", ""), [worker(too_large=("brain",))], 3, "no_worker_has_memory"),
        (Wanted("brain", ""), [worker(quarantined=("brain",))], 0, "model_quarantined"),
        (Wanted("", ""), [worker(quarantined=("brain",))], 0, "model_quarantined"),
        (Wanted("liver", ""), [worker(quarantined=("brain",))], 0, "no_worker_offers_model"),
        (Wanted("brain", ""), [worker(quarantined=("brain",)), worker("brain")], 0, "worker"),
        (Wanted("brain", "site=seoul"), [worker("brain")], 0, "no_worker_has_label"),
        (Wanted("brain", ""), [worker("brain")], 2, "requests_ahead"),
        (Wanted("brain", ""), [worker("brain")], 0, "worker"),
        (Wanted("", ""), [worker("brain")], 0, "worker"),
    ],
)
def test_the_reason_names_the_obstacle(
    request_: Wanted, workers: list[OnlineWorker], ahead: int, reason: str
) -> None:
    assert waiting_for(request_, workers, ahead=ahead).reason == reason
