"""Which files of a model folder decide its results: its list of checksums is to name them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

FOLDER_FILES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "monai_bundle": ("configs/*", "models/*.pt", "scripts/**/*.py"),
        "nnunet": ("plans.json", "dataset.json", "fold_*/checkpoint_final.pth"),
    }
)
