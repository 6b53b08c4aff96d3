"""The configuration that `orthanc-config/` ships, changed only where a demo must differ."""

import json
from pathlib import Path
from typing import Any

from demo.errors import ProgramMissingError
from demo.plan import ROOT

SHIPPED = ROOT / "orthanc-config"
_PYTHON_PLUGIN = "libOrthancPython.so"
# Orthanc looks about once a second; a pause while the series is sent must not end it.
_STABLE_AGE_SECONDS = 2


def demo_configuration(*, http_port: int) -> dict[str, Any]:
    """Loopback only, no DICOM port, and as many of the shipped plugins as are installed.

    Raises:
        ProgramMissingError: Orthanc's Python plugin is not installed.
    """
    shipped = shipped_configuration()
    return shipped | {
        "HttpPort": http_port,
        "DicomServerEnabled": False,
        "RemoteAccessAllowed": False,
        "StableAge": _STABLE_AGE_SECONDS,
        "Plugins": installed_plugins(shipped["Plugins"]),
        "Segrelay": shipped["Segrelay"] | {"RulesFile": str(SHIPPED / "segrelay-rules.toml")},
    }


def shipped_configuration() -> dict[str, Any]:
    """orthanc.json as shipped; its comments stand on lines of their own."""
    lines = (SHIPPED / "orthanc.json").read_text(encoding="utf-8").splitlines()
    code = [line for line in lines if not line.lstrip().startswith("//")]
    document: dict[str, Any] = json.loads("\n".join(code))
    return document


def installed_plugins(paths: list[str]) -> list[str]:
    """Those that are there; the Python plugin must be.

    Raises:
        ProgramMissingError: it is not.
    """
    installed = [path for path in paths if Path(path).exists()]
    if not any(path.endswith(_PYTHON_PLUGIN) for path in installed):
        raise ProgramMissingError(
            "Orthanc's Python plugin is not installed. Run `make setup-demo`, or install the "
            "Debian package orthanc-python."
        )
    return installed
