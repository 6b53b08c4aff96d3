from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TypeAlias

import httpx
import pytest
from integration.django_server import DjangoServer
from integration.orthanc_container import OrthancContainer, build_image
from integration.orthanc_server import OrthancServer
from integration.system import System, django_for

from segrelay_api.archive.orthanc_client import OrthancClient

AnOrthanc: TypeAlias = type[OrthancServer]


@pytest.fixture(scope="session")
def orthanc_image() -> None:
    build_image()


@pytest.fixture(
    scope="session",
    params=[
        pytest.param(OrthancServer, id="native"),
        pytest.param(OrthancContainer, id="container", marks=pytest.mark.docker),
    ],
)
def new_orthanc(request: pytest.FixtureRequest) -> AnOrthanc:
    """Makes an Orthanc of Debian 12 on this machine, or of Debian 13 in a container."""
    kind: AnOrthanc = request.param
    if kind is OrthancContainer:
        request.getfixturevalue("orthanc_image")
    return kind


@pytest.fixture(scope="session")
def archive(
    tmp_path_factory: pytest.TempPathFactory, new_orthanc: AnOrthanc
) -> Iterator[OrthancServer]:
    """An Orthanc that tests share; none may stop it, and each sends series of its own."""
    folder = tmp_path_factory.mktemp("archive")
    with new_orthanc(folder) as server:
        yield server


@pytest.fixture
async def client(archive: OrthancServer) -> AsyncIterator[OrthancClient]:
    """Django's own way to the shared Orthanc, without Django around it."""
    async with httpx.AsyncClient(base_url=archive.url, auth=archive.django) as http:
        yield OrthancClient(http)


@pytest.fixture
def stored(archive: OrthancServer) -> Iterator[list[str]]:
    """Ids of series to be deleted afterwards, so that the next may have their UIDs."""
    series_ids: list[str] = []
    yield series_ids
    for series_id in series_ids:
        archive.call("DELETE", f"/series/{series_id}").raise_for_status()


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
