"""Folders as MONAI packs models (https://docs.monai.io, "MONAI Bundle Specification").

Their configuration names classes and holds expressions: it is code, and trusted like code, by its
checksum. Preprocessing, inferer and postprocessing are the bundle's own; images come from memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO

import torch

from segrelay_worker.segmenters.bundle_chain import BundleChain
from segrelay_worker.segmenters.bundle_config import read_config
from segrelay_worker.segmenters.bundle_folder import importable_copy
from segrelay_worker.segmenters.chain_segmenter import ChainSegmenter
from segrelay_worker.segmenters.listed_files import ListedFiles, read_list
from segrelay_worker.segmenters.machine import Machine
from segrelay_worker.segmenters.manifest import unreadable
from segrelay_worker.segmenters.package import ModelPackage
from segrelay_worker.segmenters.segmenter import Segmenter
from segrelay_worker.segmenters.state_dict import named_tensors, unpickled
from segrelay_worker.segmenters.torch_device import moved_to

_USUAL_WEIGHTS = "models/model.pt"
_USUAL_KEY = "model"  # in checkpoints that MONAI's handlers save


def open_bundle(package: ModelPackage, weights: BinaryIO, machine: Machine) -> Segmenter:
    """Raises PermanentError model_unreadable or ..._checksum_mismatch.

    Raises TransientError device_unavailable too.
    """
    files = read_list(package, weights)
    name = _weights_name(files)
    with importable_copy(files, without=name) as bundle_root:
        config = read_config(files, bundle_root, torch.device(machine.device))
    _require_keys(package, config.image_keys)
    _require_activation(package)
    _fill(config.network, _tensors(package, files, name), name)
    moved_to(machine.device, config.network).eval()
    return ChainSegmenter(BundleChain(package, config), machine)


def _weights_name(files: ListedFiles) -> str:
    names = files.fitting("models/*.pt")
    if _USUAL_WEIGHTS in names:
        return _USUAL_WEIGHTS
    if len(names) != 1:
        raise unreadable(f"the list of files names {_USUAL_WEIGHTS} not at all, expected once")
    return names[0]


def _require_keys(package: ModelPackage, keys: tuple[str, ...]) -> None:
    roles = package.manifest.input.roles
    if len(keys) not in {1, len(roles)}:
        raise unreadable(
            f"input.roles in model.toml is {list(roles)}, expected one for each image that the "
            f"bundle loads: {list(keys)}"
        )


def _require_activation(package: ModelPackage) -> None:
    if package.manifest.output.activation == "sigmoid":
        raise unreadable(
            "output.activation in model.toml is 'sigmoid', expected 'none', because the bundle's "
            "postprocessing does it; or 'softmax' or 'argmax', if background comes first"
        )


def _tensors(package: ModelPackage, files: ListedFiles, name: str) -> dict[str, torch.Tensor]:
    with files.opened(name) as file:
        found = unpickled(name, file)
    checkpoint = package.manifest.checkpoint
    if checkpoint.key is None and isinstance(found, Mapping):
        found = found.get(_USUAL_KEY, found)
    return named_tensors(found, checkpoint)


def _fill(network: torch.nn.Module, tensors: dict[str, torch.Tensor], name: str) -> None:
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        raise unreadable(f"{name} does not fit network_def of the bundle: {error}") from error
