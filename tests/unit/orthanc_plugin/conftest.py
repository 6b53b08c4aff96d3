from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.django_server import FakeDjango
from fakes.orthanc_module import FakeOrthanc, good_configuration

from segrelay_plugin.archive import Archive
from segrelay_plugin.outbox import Outbox


@pytest.fixture
def django() -> Iterator[FakeDjango]:
    with FakeDjango() as fake:
        yield fake


@pytest.fixture
def orthanc(tmp_path: Path) -> FakeOrthanc:
    return FakeOrthanc(tmp_path, configuration=good_configuration())


@pytest.fixture
def archive(orthanc: FakeOrthanc) -> Archive:
    return Archive(orthanc)


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox")
