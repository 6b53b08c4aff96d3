import hashlib
import tomllib
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
import torch

from demo import deepbet_package
from demo.deepbet_package import ensure_package
from demo.errors import ModelUnavailableError


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return ensure_package(tmp_path / "package").parent


def spec_finder(spec: ModuleSpec | None) -> object:
    return lambda _name: spec


def test_the_description_names_the_weights_and_their_digest(package: Path) -> None:
    model = tomllib.loads((package / "model.toml").read_text(encoding="utf-8"))["model"]
    weights = (package / model["weights"]).read_bytes()
    assert model["sha256"] == hashlib.sha256(weights).hexdigest()


def test_the_weights_load_with_nothing_but_torch(package: Path) -> None:
    network = torch.jit.load(package / "best_model.pth")  # type: ignore[no-untyped-call] # no types
    assert network(torch.zeros(1, 1, 8, 9, 10)).shape == (1, 1, 8, 9, 10)


def test_a_package_that_is_there_is_not_exported_again(package: Path) -> None:
    before = (package / "best_model.pth").stat()
    assert ensure_package(package) == package / "best_model.pth"
    after = (package / "best_model.pth").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_damaged_weights_are_exported_anew(package: Path) -> None:
    weights = package / "best_model.pth"
    weights.write_bytes(weights.read_bytes()[:-1])
    ensure_package(package)
    model = tomllib.loads((package / "model.toml").read_text(encoding="utf-8"))["model"]
    assert model["sha256"] == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert weights.stat().st_size > 10_000_000


def test_an_outdated_description_is_replaced(package: Path) -> None:
    description = package / "model.toml"
    description.write_text("[model]\n", encoding="utf-8")
    ensure_package(package)
    assert "deepbet-brain" in description.read_text(encoding="utf-8")


def test_no_half_written_file_is_left_beside_the_package(package: Path) -> None:
    assert {path.name for path in package.iterdir()} == {"best_model.pth", "model.toml"}


def test_without_deepbet_the_error_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deepbet_package, "find_spec", spec_finder(None))
    with pytest.raises(ModelUnavailableError, match="Run `make setup`, or set MODEL_PATH"):
        ensure_package(tmp_path)


def test_deepbet_without_its_nets_is_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = str(tmp_path / "deepbet" / "__init__.py")
    spec = ModuleSpec("deepbet", loader=None, origin=origin)
    monkeypatch.setattr(deepbet_package, "find_spec", spec_finder(spec))
    with pytest.raises(ModelUnavailableError, match="installed without its nets"):
        ensure_package(tmp_path)
