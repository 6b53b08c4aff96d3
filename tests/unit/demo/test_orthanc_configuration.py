import json
from pathlib import Path

import pytest

from demo import orthanc_configuration
from demo.errors import ProgramMissingError
from demo.orthanc_configuration import demo_configuration, installed_plugins


@pytest.fixture
def plugins(tmp_path: Path) -> list[str]:
    names = ("libOrthancPython.so", "libOrthancDicomWeb.so")
    return [str(tmp_path / name) for name in names]


@pytest.fixture
def shipped(tmp_path: Path, plugins: list[str], monkeypatch: pytest.MonkeyPatch) -> Path:
    Path(plugins[0]).touch()
    document = {
        "HttpPort": 8042,
        "RemoteAccessAllowed": True,
        "AuthenticationEnabled": True,
        "Plugins": plugins,
        "Segrelay": {"Token": "${TOKEN}", "RulesFile": "segrelay-rules.toml"},
    }
    text = "// first line\n" + json.dumps(document, indent=2)
    (tmp_path / "orthanc.json").write_text(text)
    monkeypatch.setattr(orthanc_configuration, "SHIPPED", tmp_path)
    return tmp_path


def test_what_is_shipped_is_kept_but_closed_to_other_machines(shipped: Path) -> None:
    configuration = demo_configuration(http_port=18042)
    assert configuration["AuthenticationEnabled"] is True
    assert configuration["Segrelay"]["Token"] == "${TOKEN}"
    assert configuration["HttpPort"] == 18042
    assert configuration["RemoteAccessAllowed"] is False
    assert configuration["DicomServerEnabled"] is False


def test_the_rules_are_the_shipped_ones_wherever_the_configuration_lies(shipped: Path) -> None:
    rules = demo_configuration(http_port=1)["Segrelay"]["RulesFile"]
    assert rules == str(shipped / "segrelay-rules.toml")


def test_a_plugin_that_the_demo_can_do_without_may_be_missing(
    shipped: Path, plugins: list[str]
) -> None:
    assert demo_configuration(http_port=1)["Plugins"] == plugins[:1]


def test_without_the_python_plugin_the_error_says_what_to_install(plugins: list[str]) -> None:
    Path(plugins[1]).touch()
    with pytest.raises(ProgramMissingError, match="orthanc-python"):
        installed_plugins(plugins)
