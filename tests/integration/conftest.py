from __future__ import annotations

from collections.abc import Iterator

import pytest
from integration.django_server import DjangoServer
from integration.orthanc_server import OrthancServer
from integration.system import System, django_for


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OrthancServer]:
    """An Orthanc that tests share; none may stop it, and each sends series of its own."""
    folder = tmp_path_factory.mktemp("archive")
    with OrthancServer(folder, with_plugin=False) as server:
        yield server


@pytest.fixture(scope="module")
def shared_django(
    tmp_path_factory: pytest.TempPathFactory, archive: OrthancServer
) -> Iterator[DjangoServer]:
    with django_for(archive, tmp_path_factory.mktemp("django")) as server:
        yield server


@pytest.fixture(scope="module")
def shared_system(
    tmp_path_factory: pytest.TempPathFactory, archive: OrthancServer, shared_django: DjangoServer
) -> System:
    """A queue that the tests of one file share; a worker started here belongs to the file."""
    return System(tmp_path_factory.mktemp("system"), archive, shared_django)
