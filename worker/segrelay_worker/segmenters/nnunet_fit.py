"""Whether model.toml and what nnU-Net keeps beside its weights speak of the same model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnunetv2.utilities.plans_handling.plans_handler import ConfigurationManager, PlansManager

from segrelay_worker.segmenters.manifest import unreadable
from segrelay_worker.segmenters.package import ModelPackage

_REORIENTING_READER, _ITS_ORIENTATION = "NibabelIOWithReorient", "RAS"


def require_fit(
    package: ModelPackage,
    plans: PlansManager,
    configuration: ConfigurationManager,
    dataset: Mapping[str, Any],
) -> None:
    """Raises PermanentError model_unreadable that names what differs."""
    if configuration.previous_stage_name is not None:
        raise unreadable("a cascade of nnU-Net is not supported; use its 3d_fullres configuration")
    _require_channels(package, dataset)
    _require_labels(package, plans, dataset)
    _require_orientation(package, plans)
    if package.manifest.output.mirror_axes:
        raise unreadable(
            f"output.mirror_axes in model.toml is {list(package.manifest.output.mirror_axes)}, "
            "expected [] (no mirroring) or nothing (as trained): nnU-Net names the axes itself"
        )


def _require_channels(package: ModelPackage, dataset: Mapping[str, Any]) -> None:
    names = dataset.get("channel_names") or dataset.get("modality") or {}
    channels = [str(names[number]) for number in sorted(names, key=int)]
    roles = package.manifest.input.roles
    if len(channels) != len(roles):
        raise unreadable(
            f"input.roles in model.toml is {list(roles)}, expected one for each channel of "
            f"dataset.json, in its order: {channels}"
        )


def _require_labels(package: ModelPackage, plans: PlansManager, dataset: Mapping[str, Any]) -> None:
    labels = plans.get_label_manager(dataset)
    found = labels.foreground_regions if labels.has_regions else labels.foreground_labels
    if len(found) != len(package.segments):
        raise unreadable(
            f"model.toml describes {len(package.segments)} segments, expected {len(found)}, one "
            "for each label of dataset.json but the background, in its order"
        )
    fitting = ("sigmoid",) if labels.has_regions else ("argmax", "softmax")
    activation = package.manifest.output.activation
    if activation not in fitting:
        raise unreadable(
            f"output.activation in model.toml is {activation!r}, expected {' or '.join(fitting)}, "
            f"because dataset.json names {'regions' if labels.has_regions else 'labels'}"
        )


def _require_orientation(package: ModelPackage, plans: PlansManager) -> None:
    orientation = package.manifest.input.orientation
    is_fixed = plans.plans.get("image_reader_writer") == _REORIENTING_READER
    if is_fixed and orientation != _ITS_ORIENTATION:
        raise unreadable(
            f"input.orientation in model.toml is {orientation!r}, expected {_ITS_ORIENTATION!r}, "
            f"because plans.json names {_REORIENTING_READER}"
        )
