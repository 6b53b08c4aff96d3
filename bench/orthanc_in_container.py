"""Orthanc 1.12 as the tests run it, for benchmarks, which may be the first to need Docker."""

from __future__ import annotations

import subprocess

from integration.orthanc_container import OrthancContainer, build_image
from integration.orthanc_server import ROOT


def orthanc_in_container() -> type[OrthancContainer]:
    """Ready to be started, with the plugin as it is now."""
    subprocess.run([ROOT / "deploy" / "ensure-docker.sh"], check=True)
    build_image()
    return OrthancContainer
