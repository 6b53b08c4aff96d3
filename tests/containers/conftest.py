from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
from containers.orthanc_container import OrthancContainer
from integration.django_server import DjangoServer
from integration.orthanc_server import ROOT
from integration.system import System, django_for


@pytest.fixture(scope="session")
def base_image() -> None:
    """What the image of Orthanc is built on: pulled, or made here."""
    subprocess.run([ROOT / "deploy" / "base-images.sh"], check=True)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, base_image: None) -> Iterator[System]:
    """Orthanc in a container, Django on this machine; both know each other."""
    folder = tmp_path_factory.mktemp("system")
    orthanc = OrthancContainer(folder / "orthanc")
    django = django_for(orthanc, folder / "django")
    orthanc.django_url = django.api_url
    with orthanc, django:
        yield System(folder, orthanc, django)


@pytest.fixture
def orthanc(system: System) -> OrthancContainer:
    assert isinstance(system.archive, OrthancContainer)
    return system.archive


@pytest.fixture
def django(system: System) -> DjangoServer:
    return system.django
