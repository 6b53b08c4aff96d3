"""Exports deepbet's two nets into one model package, as the worker loads it."""

import hashlib
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import torch

from demo import deepbet_network, largest_component
from demo.deepbet_network import DeepbetNetwork
from demo.errors import ModelUnavailableError
from demo.model_description import model_description

WEIGHTS = "best_model.pth"


def ensure_package(folder: Path) -> Path:
    """Put the brain model into a folder, unless it is there already and intact.

    Returns:
        Path of the weights file; `model.toml` lies beside it.

    Raises:
        ModelUnavailableError: deepbet or its nets are not installed.
    """
    nets = deepbet_nets()
    weights = folder / WEIGHTS
    if not is_current(folder):
        folder.mkdir(parents=True, exist_ok=True)
        export_network(nets, weights)
        (folder / "model.toml").write_text(description_of(weights), encoding="utf-8")
    return weights


def is_current(folder: Path) -> bool:
    """Whether the folder holds what an export would write now."""
    weights, description = folder / WEIGHTS, folder / "model.toml"
    if not (weights.is_file() and description.is_file()):
        return False
    return description.read_text(encoding="utf-8") == description_of(weights)


def description_of(weights: Path) -> str:
    """The `model.toml` that belongs to an exported weights file."""
    return model_description(
        version=version("deepbet"),
        weights=weights.name,
        sha256=hashlib.sha256(weights.read_bytes()).hexdigest(),
        sources=network_sources(),
    )


def network_sources() -> str:
    """A short digest of the code that ends up inside the weights file."""
    modules = (deepbet_network, largest_component)
    sources = b"".join(Path(str(module.__file__)).read_bytes() for module in modules)
    return hashlib.sha256(sources).hexdigest()[:12]


def deepbet_nets() -> Path:
    """The folder of deepbet's nets, found without importing deepbet and all that it imports.

    Raises:
        ModelUnavailableError: deepbet or its nets are not installed.
    """
    spec = find_spec("deepbet")
    if spec is None or spec.origin is None:
        raise ModelUnavailableError(
            "The demo's brain model comes from the Python package deepbet, which is not "
            "installed. Run `make setup`, or set MODEL_PATH to a model package of your own."
        )
    nets = Path(spec.origin).parents[1] / "data" / "models"
    if not (nets / "model.pt").is_file():
        raise ModelUnavailableError(
            f"The Python package deepbet is installed without its nets: {nets} holds no model.pt. "
            "Install deepbet again."
        )
    return nets


def export_network(nets: Path, weights: Path) -> None:
    """Write both nets and deepbet's own processing around them as one TorchScript file."""
    network = DeepbetNetwork(box_net=net(nets / "bbox_model.pt"), brain_net=net(nets / "model.pt"))
    partial = weights.with_name(f"{weights.name}.partial")
    script = torch.jit.script(network.eval())
    script.save(str(partial))  # type: ignore[no-untyped-call] # torch.jit has no types
    partial.replace(weights)


def net(path: Path) -> torch.nn.Module:
    """Load one traced net."""
    loaded: torch.nn.Module = torch.jit.load(path, "cpu")  # type: ignore[no-untyped-call] # likewise
    return loaded
