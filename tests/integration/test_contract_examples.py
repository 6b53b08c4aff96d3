"""The web host takes the contract's example bodies and answers in the form of its examples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests
from builders.contract_examples import MODELS
from builders.mr_series import build_series
from integration.django_server import PLUGIN_TOKEN, WORKER_TOKENS
from integration.queue_api import QueueApi
from integration.system import System
from integration.unique_series import unique

from segrelay_contract import paths
from segrelay_contract.examples import example
from segrelay_contract.results import SegmentationResult
from segrelay_contract.status import RequestStatus


@pytest.fixture
def front_end(shared_system: System) -> Iterator[QueueApi]:
    with shared_system.django.api() as client:
        yield client


@pytest.fixture
def worker(shared_system: System) -> Iterator[QueueApi]:
    with shared_system.django.api(WORKER_TOKENS["lab1"]) as client:
        yield client


@pytest.fixture
def plugin(shared_system: System) -> Iterator[QueueApi]:
    with shared_system.django.api(PLUGIN_TOKEN) as client:
        yield client


@dataclass(frozen=True)
class Held:
    """A request that the worker holds, and the claim's answer."""

    request_id: UUID
    token: str
    claim: requests.Response


def claim(worker: QueueApi) -> requests.Response:
    fresh = {"claim_id": str(uuid4()), "wait_seconds": 0}
    return worker.post(paths.CLAIM, example("claim-body") | fresh)


@pytest.fixture
def held(shared_system: System, front_end: QueueApi, worker: QueueApi) -> Held:
    """Pressed and claimed with the bodies of the examples; nothing else is left to claim."""
    series_id = shared_system.send(build_series(unique()))
    pressed = front_end.press(series_id, **example("segment-body"))
    answer = claim(worker)
    assert answer.status_code == 200, answer.text
    assert answer.json()["request"]["request_id"] == str(pressed.request_id)
    return Held(pressed.request_id, answer.json()["lease"]["token"], answer)


def check_form(name: str, answer: requests.Response, *, status: int = 200) -> None:
    """The answer has the keys of the example, at every depth that both fill."""
    assert answer.status_code == status, answer.text
    MODELS[name].validate_python(answer.json())
    assert keys(answer.json(), example(name)) == keys(example(name), answer.json())


def keys(document: Any, other: Any, at: str = "") -> set[str]:
    """Paths of all keys, no deeper than the other side goes."""
    if isinstance(document, list) and isinstance(other, list):
        pairs = zip(document, other, strict=False)
        return {key for mine, yours in pairs for key in keys(mine, yours, f"{at}[]")}
    if not isinstance(document, dict) or not isinstance(other, dict):
        return set()
    shared = document.keys() & other.keys()
    deeper = [keys(document[name], other[name], f"{at}.{name}") for name in shared]
    return {f"{at}.{name}" for name in document}.union(*deeper)


def test_a_press_and_what_waits_are_answered_as_in_the_examples(
    shared_system: System, front_end: QueueApi, worker: QueueApi
) -> None:
    path = paths.segment_series(shared_system.send(build_series(unique())))
    check_form("segment-answer", front_end.post(path, example("segment-body")), status=202)
    check_form("request-list", front_end.get(paths.PENDING_REQUESTS))
    assert claim(worker).status_code == 200
    assert claim(worker).status_code == 204


def test_a_claim_is_answered_as_in_the_example(held: Held) -> None:
    check_form("claim-answer", held.claim)


def test_a_heartbeat_is_answered_as_in_the_example(
    held: Held, worker: QueueApi, front_end: QueueApi
) -> None:
    body = example("progress-body") | {"lease_token": held.token}
    check_form("progress-answer", worker.post(paths.update_status(held.request_id), body))
    view = front_end.show(held.request_id)
    assert (view.stage, view.progress) == (body["stage"], body["progress"])


def test_a_release_is_taken_as_in_the_example(held: Held, worker: QueueApi) -> None:
    body = example("release-body") | {"lease_token": held.token}
    answer = worker.post(paths.release(held.request_id), body)
    check_form("request-answer-failed", answer)  # the same keys in every state
    assert answer.json()["request"]["status"] == RequestStatus.PENDING
    assert claim(worker).json()["request"]["request_id"] == str(held.request_id)


@pytest.mark.parametrize("name", ["completion-body-success", "completion-body-nothing-found"])
def test_a_good_end_is_taken_twice_and_shown_as_in_the_examples(
    name: str, held: Held, worker: QueueApi, front_end: QueueApi
) -> None:
    body = example(name) | {"lease_token": held.token}
    for _ in range(2):
        answer = worker.post(paths.complete_request(held.request_id), body)
        check_form("request-answer-completed", answer)
    check_form("request-answer-completed", front_end.get(paths.request(held.request_id)))
    check_form("status-answer", front_end.get(paths.status(held.request_id)))
    shown = front_end.get(paths.request(held.request_id)).json()["request"]
    told = SegmentationResult.model_validate(shown["result"])
    assert told.model_dump(mode="json") == body["result"]
    assert all(warning["sentence"] for warning in shown["result"]["warnings"])
    assert shown["outcome"] == body["result"]["outcome"]
    assert shown["seg_instance_id"] == body["seg_instance_id"]


def test_a_bad_end_is_shown_as_in_the_example(
    held: Held, worker: QueueApi, front_end: QueueApi
) -> None:
    body = example("completion-body-failure") | {"lease_token": held.token}
    answer = worker.post(paths.complete_request(held.request_id), body)
    check_form("request-answer-failed", answer)
    shown = front_end.get(paths.request(held.request_id)).json()["request"]
    assert shown["problem"] == example("request-answer-failed")["request"]["problem"]


def test_the_plugins_events_are_taken(plugin: QueueApi) -> None:
    for name in ("series-stable-event", "series-deleted-event", "result-stored-event"):
        answer = plugin.post(paths.ORTHANC_EVENTS, example(name))
        assert (answer.status_code, answer.json()) == (200, {"success": True})


def test_an_unsuitable_series_is_refused_as_in_the_example(
    shared_system: System, front_end: QueueApi
) -> None:
    [image, *_] = build_series(unique())
    answer = front_end.post(paths.segment_series(shared_system.send([image])))
    assert (answer.status_code, answer.json()) == (422, example("error-answer-with-reasons"))


def test_an_example_with_a_needed_key_left_out_is_refused_by_name(worker: QueueApi) -> None:
    body = example("claim-body")
    del body["models"]
    answer = worker.post(paths.CLAIM, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert "models" in answer.json()["error"]
