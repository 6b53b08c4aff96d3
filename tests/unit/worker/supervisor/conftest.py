from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from builders.minimal_mr import as_bytes
from builders.mr_series import build_series
from fakes.orthanc_server import FakeOrthanc
from fakes.queue_server import FakeQueue
from fakes.worker_process import stub_settings


@pytest.fixture
def queue() -> Iterator[FakeQueue]:
    with FakeQueue() as queue:
        yield queue


@pytest.fixture
def orthanc() -> Iterator[FakeOrthanc]:
    with FakeOrthanc() as orthanc:
        orthanc.series["series-1"] = [as_bytes(image) for image in build_series()]
        yield orthanc


@pytest.fixture
def settings(tmp_path: Path, queue: FakeQueue, orthanc: FakeOrthanc) -> dict[str, str]:
    return stub_settings(tmp_path, api_url=queue.api_url, orthanc_url=orthanc.url)
