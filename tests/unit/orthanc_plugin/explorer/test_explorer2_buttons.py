import subprocess
import sys
from pathlib import Path

from segrelay_plugin.explorer.explorer2_buttons import configuration

ROOT = Path(__file__).parents[4]
SHIPPED = ROOT / "orthanc-config" / "explorer2-buttons.json"


def test_the_shipped_buttons_are_what_the_command_writes() -> None:
    command = [sys.executable, "-m", "segrelay_plugin.explorer.explorer2_buttons"]
    written = subprocess.run(
        command, cwd=ROOT / "orthanc_plugin", capture_output=True, check=True
    ).stdout
    assert SHIPPED.read_bytes() == written


def test_every_button_leads_to_a_route_of_the_plugin_and_has_an_id_of_its_own() -> None:
    levels = configuration()["OrthancExplorer2"]["UiOptions"]["CustomButtons"]  # type: ignore[index] # JSON
    buttons = [button for level in levels.values() for button in level]
    paths = {button["Url"].split("?")[0] for button in buttons}
    assert paths == {"../../segrelay/analysis", "../../segrelay/bulk/segment"}
    assert len({button["Id"] for button in buttons}) == len(buttons) == 4
    assert set(levels) == {"study", "series", "instance", "bulk-studies"}
