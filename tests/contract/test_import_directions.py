"""The arrows between the parts, as ARCHITECTURE.md draws them; each is read from the source."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = ROOT / "contract" / "segrelay_contract"
API = ROOT / "django_api"
WORKER = ROOT / "worker"
PLUGIN = ROOT / "orthanc_plugin"
ENTRY_SCRIPT = PLUGIN / "segrelay.py"

PARTS = {"segrelay_contract", "segrelay_api", "segrelay_worker", "segrelay_plugin"}
WEB = {"django", "ninja", "uvicorn", "whitenoise", "asgiref"}
ARRAYS = {"torch", "numpy", "pydicom", "highdicom", "scipy", "monai"}
# For tests, demonstration and benchmarks; no product code may lean on them.
OUTER = {"builders", "fakes", "integration", "demo", "bench", "tests", "pytest"}


def sources(folder: Path) -> list[Path]:
    inner = ("build", "venv", ".venv", "spool", "src")
    found = sorted(
        path
        for path in folder.rglob("*.py")
        if not set(path.relative_to(folder).parts[:-1]) & set(inner)
    )
    assert found, f"{folder} holds no source"
    return found


def imported_by(path: Path) -> set[str]:
    """Full dotted names, also of imports inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively: the reader sees no part"
            names.add(node.module or "")
    return names


def packages(paths: Iterable[Path]) -> dict[str, set[str]]:
    """Top-level package → names of the files that import it."""
    users: dict[str, set[str]] = {}
    for path in paths:
        for name in imported_by(path):
            users.setdefault(name.split(".")[0], set()).add(str(path.relative_to(ROOT)))
    return users


def foreign(paths: Iterable[Path], allowed: set[str]) -> dict[str, set[str]]:
    """What these files import beyond the standard library and `allowed`."""
    return {
        name: users
        for name, users in packages(paths).items()
        if name not in sys.stdlib_module_names | allowed
    }


@pytest.mark.parametrize(
    ("folder", "allowed"),
    [
        (CONTRACT, {"segrelay_contract"}),
        (API, {"segrelay_api", "segrelay_contract"}),
        (WORKER, {"segrelay_worker", "segrelay_contract"}),
        (PLUGIN, {"segrelay_plugin"}),
    ],
    ids=["contract", "django_api", "worker", "orthanc_plugin"],
)
def test_a_part_imports_no_other_part_but_the_contract(folder: Path, allowed: set[str]) -> None:
    users = packages(sources(folder))
    assert {name: users[name] for name in users.keys() & (PARTS | OUTER) - allowed} == {}


def test_the_contract_needs_pydantic_and_nothing_else() -> None:
    assert foreign(sources(CONTRACT), {"segrelay_contract", "pydantic"}) == {}


def test_the_series_rules_need_the_standard_library_only() -> None:
    assert foreign(sources(CONTRACT / "series_rules"), {"segrelay_contract"}) == {}


def test_the_series_rules_lean_on_no_file_that_needs_pydantic() -> None:
    allowed = {"segrelay_contract.error_codes"}
    for path in sources(CONTRACT / "series_rules"):
        of_contract = {name for name in imported_by(path) if name.startswith("segrelay_contract")}
        outside = {name for name in of_contract if ".series_rules" not in name}
        assert outside <= allowed, path.name
    assert foreign([CONTRACT / "error_codes.py"], set()) == {}


def test_the_plugin_needs_the_standard_library_only() -> None:
    assert foreign(sources(PLUGIN), {"segrelay_plugin", "orthanc"}) == {}


def test_only_the_entry_script_of_the_plugin_imports_orthanc() -> None:
    assert packages(sources(PLUGIN))["orthanc"] == {str(ENTRY_SCRIPT.relative_to(ROOT))}


def test_the_worker_never_imports_a_web_framework() -> None:
    assert packages(sources(WORKER)).keys() & WEB == set()


def test_the_api_never_imports_what_handles_voxels() -> None:
    assert packages(sources(API)).keys() & ARRAYS == set()


@pytest.mark.parametrize(
    ("upper", "its_users"),
    [
        ("commands", {"commands", "__main__.py"}),
        ("supervisor", {"supervisor", "service.py"}),
        ("first_description", {"first_description", "commands"}),
    ],
)
def test_what_the_worker_offers_outwards_is_leaned_on_by_nothing_inside(
    upper: str, its_users: set[str]
) -> None:
    package = WORKER / "segrelay_worker"
    users = {
        path.relative_to(package).parts[0]
        for path in sources(package)
        for name in imported_by(path)
        if f"{name}.".startswith(f"segrelay_worker.{upper}.")
    }
    assert users <= its_users


def test_the_supervisor_reaches_what_handles_voxels_only_by_name() -> None:
    reached = {
        name.removeprefix("segrelay_worker.").split(".")[0]
        for path in sources(WORKER / "segrelay_worker" / "supervisor")
        for name in imported_by(path)
        if name.startswith("segrelay_worker.")
    }
    assert reached & {"segmenters", "series_volume", "ways"} == set()
