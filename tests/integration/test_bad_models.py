"""A model package that cannot be used stops the worker before it takes a request."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders.mr_series import build_series
from fakes.stub_segmenter import write_stub_package
from integration.queue_api import QueueApi
from integration.system import System
from integration.unique_series import unique

from segrelay_contract.error_codes import ErrorCode, english_sentence
from segrelay_contract.requests import RequestView
from segrelay_contract.status import RequestStatus

MODEL_WRONG = 3  # exit status
NO_MODEL = b"these bytes are no model"


@pytest.fixture
def api(shared_system: System) -> Iterator[QueueApi]:
    with shared_system.django.api() as client:
        yield client


def package(folder: Path) -> Path:
    """A TorchScript package whose weights file has the right SHA-256 but is no model."""
    weights = write_stub_package(folder, weights=NO_MODEL)
    manifest = folder / "model.toml"
    text = manifest.read_text(encoding="utf-8").replace('"stub"', '"torchscript"')
    manifest.write_text(text, encoding="utf-8")
    return weights


def log_of_refusing_worker(
    shared_system: System, api: QueueApi, weights: Path
) -> tuple[str, RequestView]:
    """What the worker said before it ended by itself, and the request that it left alone."""
    request_id = api.press(shared_system.send(build_series(unique()))).request_id
    with shared_system.shipped_worker(weights) as worker:
        assert worker.exit_status() == MODEL_WRONG
        return worker.log, api.show(request_id)


def test_weights_that_are_no_model_are_named_and_the_request_waits(
    shared_system: System, api: QueueApi, tmp_path: Path
) -> None:
    log, view = log_of_refusing_worker(shared_system, api, package(tmp_path))
    beginning = english_sentence(ErrorCode.MODEL_UNREADABLE, {"problem": "|"}).split("|")[0]
    assert beginning in log
    assert "best_model.pth" in log
    assert (view.status, view.attempt) == (RequestStatus.PENDING, 0)


def test_weights_with_another_sha256_are_named_and_the_request_waits(
    shared_system: System, api: QueueApi, tmp_path: Path
) -> None:
    weights = package(tmp_path)
    weights.write_bytes(NO_MODEL + b"!")
    log, view = log_of_refusing_worker(shared_system, api, weights)
    digests = {
        "actual": hashlib.sha256(NO_MODEL + b"!").hexdigest(),
        "expected": hashlib.sha256(NO_MODEL).hexdigest(),
    }
    assert english_sentence(ErrorCode.MODEL_CHECKSUM_MISMATCH, digests) in log
    assert (view.status, view.attempt) == (RequestStatus.PENDING, 0)
