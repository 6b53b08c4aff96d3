import ast
import sys
from pathlib import Path

PLUGIN = Path(__file__).parents[3] / "orthanc_plugin"
ENTRY = PLUGIN / "segrelay.py"


def imported_by(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    return names


def test_the_plugin_needs_nothing_that_orthancs_python_lacks() -> None:
    files = list((PLUGIN / "segrelay_plugin").rglob("*.py"))
    foreign = {file.name: imported_by(file) - sys.stdlib_module_names for file in files}
    assert files
    assert {name: rest for name, rest in foreign.items() if rest - {"segrelay_plugin"}} == {}


def test_only_the_entry_script_imports_orthanc() -> None:
    assert "orthanc" in imported_by(ENTRY)


def test_every_file_names_its_licence() -> None:
    files = [ENTRY, *(PLUGIN / "segrelay_plugin").rglob("*.py")]
    marker = "# SPDX-License-Identifier: AGPL-3.0-or-later\n"
    assert [file.name for file in files if not file.read_text().startswith(marker)] == []
