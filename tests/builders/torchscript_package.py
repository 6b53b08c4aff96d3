"""Small TorchScript packages: real networks that a test can follow by hand."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch
from fakes.stub_segmenter import write_stub_package


def write_torchscript_package(
    folder: Path, network: torch.nn.Module, *, activation: str = "none"
) -> Path:
    """A package around a scripted network; returns the path of its weights file."""
    weights_path = write_stub_package(folder)
    torch.jit.save(torch.jit.script(network), weights_path)
    manifest_path = folder / "model.toml"
    text = manifest_path.read_text(encoding="utf-8")
    checksum = hashlib.sha256(weights_path.read_bytes()).hexdigest()
    manifest = [
        f'sha256 = "{checksum}"' if line.startswith("sha256") else line
        for line in text.replace('"stub"', '"torchscript"')
        .replace('"none"', f'"{activation}"')
        .splitlines()
    ]
    manifest_path.write_text("\n".join(manifest), encoding="utf-8")
    return weights_path
