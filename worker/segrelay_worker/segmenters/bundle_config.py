"""The part of a MONAI bundle's configs/inference that predicts, as MONAI's parser reads it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import yaml
from monai.bundle.config_parser import ConfigParser

from segrelay_worker.segmenters.listed_files import ListedFiles
from segrelay_worker.segmenters.manifest import unreadable

CONFIGS = "configs/inference.*"

# Steps that stand between files and arrays, by how the names of their classes begin.
_LOADING = "LoadImage"
_FILE_STEPS = (_LOADING, "EnsureChannelFirst", "SaveImage")
_KEYS = "keys of the loading step"  # an id for the parser, which no bundle has

Transform = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class BundleConfig:
    """`image_keys`: under which names the preprocessing takes the images."""

    network: torch.nn.Module
    inferer: Callable[..., torch.Tensor]
    preprocessing: Transform
    postprocessing: Transform
    image_keys: tuple[str, ...]


def read_config(files: ListedFiles, bundle_root: Path, device: torch.device) -> BundleConfig:
    """Instantiates what the configuration names. Raises PermanentError model_unreadable."""
    name = _name(files)
    written = _written(files, name)
    keys = _without_file_steps(written)
    if keys is None:
        raise unreadable(f"{name} has no step {_LOADING}d, which tells the names of images")
    parser = ConfigParser(
        {**written, "bundle_root": str(bundle_root), "device": device, _KEYS: keys}
    )
    try:
        image_keys = parser.get_parsed_content(_KEYS)
        return BundleConfig(
            network=parser.get_parsed_content("network_def"),
            inferer=parser.get_parsed_content("inferer"),
            preprocessing=parser.get_parsed_content("preprocessing"),
            postprocessing=parser.get_parsed_content("postprocessing"),
            image_keys=(image_keys,) if isinstance(image_keys, str) else tuple(image_keys),
        )
    except Exception as error:  # whatever the classes that it names raise
        what, *_ = str(error).splitlines() or [""]
        cause = f": {error.__cause__}" if error.__cause__ else ""
        reason = f"{type(error).__name__}: {what}{cause}"
        raise unreadable(f"{name} cannot be put together ({reason})") from error


def _name(files: ListedFiles) -> str:
    names = files.fitting(CONFIGS)
    if len(names) != 1:
        raise unreadable(f"the list of files names {CONFIGS} {len(names)} times, expected once")
    return names[0]


def _written(files: ListedFiles, name: str) -> dict[str, Any]:
    with files.opened(name) as file:
        text = file.read().decode(errors="replace")
    try:
        found = json.loads(text) if name.endswith(".json") else _yaml(text)
    except ValueError as error:
        raise unreadable(f"{name} cannot be read ({error})") from error
    if not isinstance(found, dict):
        raise unreadable(f"{name} holds {type(found).__name__}, expected keys and values")
    return found


def _yaml(text: str) -> object:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def _without_file_steps(written: dict[str, Any]) -> object:
    """Switches them off, in place; the keys of the first that loads, None if there is none."""
    keys = None
    for step in _steps(written):
        class_name = str(step["_target_"]).rpartition(".")[2]
        if class_name.startswith(_FILE_STEPS):
            step["_disabled_"] = True
        if class_name.startswith(_LOADING) and keys is None:
            keys = step.get("keys")
    return keys


def _steps(written: object) -> Iterator[dict[str, Any]]:
    """All that names a class, at any depth."""
    if isinstance(written, dict):
        if "_target_" in written:
            yield written
        written = list(written.values())
    if isinstance(written, list):
        for part in written:
            yield from _steps(part)
