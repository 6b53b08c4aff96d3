"""Packages of real networks, in each format that a worker takes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import torch
from fakes.stub_segmenter import write_stub_package


def write_network_package(  # noqa: PLR0913 - what tests vary, each by name
    folder: Path,
    format_name: str,
    save: Callable[[Path], None],
    *,
    activation: str = "none",
    threshold: float = 0.5,
    roles: tuple[str, ...] = ("t1",),
    name: str = "stub-bright",
    sections: str = "",
) -> Path:
    """A package in a format, whose weights `save` writes; returns the weights' path."""
    weights_path = write_stub_package(folder, name=name, threshold=threshold, roles=roles)
    save(weights_path)
    manifest_path = folder / "model.toml"
    text = manifest_path.read_text(encoding="utf-8")
    checksum = hashlib.sha256(weights_path.read_bytes()).hexdigest()
    manifest = [
        f'sha256 = "{checksum}"' if line.startswith("sha256") else line
        for line in text.replace('"stub"', f'"{format_name}"')
        .replace('"none"', f'"{activation}"')
        .splitlines()
    ]
    manifest_path.write_text("\n".join([*manifest, sections]), encoding="utf-8")
    return weights_path


def write_torchscript_package(
    folder: Path, network: torch.nn.Module, *, activation: str = "none", sections: str = ""
) -> Path:
    """A package around a scripted network; returns the path of its weights file."""
    scripted = torch.jit.script(network)

    def save(path: Path) -> None:
        torch.jit.save(scripted, path)

    return write_network_package(
        folder, "torchscript", save, activation=activation, sections=sections
    )
