"""Model folders of other programs, by what they say of themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from segrelay_worker.first_description.errors import NotDescribedError
from segrelay_worker.first_description.facts import WeightsFacts

_BACKGROUND = "background"
_NO_SEGMENTS = (_BACKGROUND, "ignore")  # labels that nnU-Net does not predict
_ROLE_LENGTH = 32


def folder_facts(folder: Path) -> WeightsFacts:
    """Raises NotDescribedError if it is no folder of a kind that a worker takes."""
    if (folder / "plans.json").exists() and (folder / "dataset.json").exists():
        return _nnunet_facts(_json(folder / "dataset.json"))
    if any(folder.glob("configs/inference.*")):
        metadata = folder / "configs" / "metadata.json"
        return _bundle_facts(_json(metadata) if metadata.exists() else {})
    raise NotDescribedError(
        f"{folder.name} is neither a MONAI bundle (configs/inference.json) nor a result folder of "
        "nnU-Net v2 (plans.json, dataset.json). Name the weights file itself."
    )


def _nnunet_facts(dataset: Mapping[str, Any]) -> WeightsFacts:
    names = dataset.get("channel_names") or dataset.get("modality") or {}
    labels = {
        name: value
        for name, value in (dataset.get("labels") or {}).items()
        if name not in _NO_SEGMENTS
    }
    # Regions keep their order; labels have that of their numbers.
    regions = any(isinstance(value, list) for value in labels.values())
    found = tuple(labels) if regions else tuple(sorted(labels, key=lambda name: labels[name]))
    return WeightsFacts(
        format="nnunet",
        in_channels=len(names) or None,
        out_channels=len(found) or None,
        roles=tuple(_role(names[number]) for number in sorted(names, key=int)),
        labels=found,
        activation="sigmoid" if regions else "argmax",
    )


def _bundle_facts(metadata: Mapping[str, Any]) -> WeightsFacts:
    form = metadata.get("network_data_format", {})
    image, output = (_first(form.get(side)) for side in ("inputs", "outputs"))
    names = output.get("channel_def", {})
    found = tuple(str(names[n]) for n in sorted(names, key=int) if names[n] != _BACKGROUND)
    return WeightsFacts(
        format="monai_bundle",
        in_channels=image.get("num_channels"),
        out_channels=len(found) or output.get("num_channels"),
        labels=found,
        activation="none",
    )


def _first(named: Mapping[str, Mapping[str, Any]] | None) -> Mapping[str, Any]:
    return next(iter((named or {}).values()), {})


def _role(name: object) -> str:
    return re.sub(r"[^a-z0-9_-]+", "-", str(name).lower()).strip("-")[:_ROLE_LENGTH]


def _json(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except ValueError as error:
        raise NotDescribedError(f"{path.name} cannot be read ({error}).") from error
    if not isinstance(found, Mapping):
        raise NotDescribedError(f"{path.name} holds no keys and values.")
    return found
