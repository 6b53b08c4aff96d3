from __future__ import annotations

import pickle
from collections.abc import Mapping
from typing import BinaryIO

import torch

from segrelay_worker.segmenters.lora import merge_lora
from segrelay_worker.segmenters.manifest import CheckpointSection, unreadable
from segrelay_worker.segmenters.network_class import build_network
from segrelay_worker.segmenters.package import ModelPackage

MOST_NAMED = 3  # keys in a message


def load_state_dict(package: ModelPackage, weights: BinaryIO) -> torch.nn.Module:
    """The network of `[network]` with the weights of a checkpoint, read without running its code.

    Raises PermanentError model_unreadable that says what to do.
    """
    checkpoint = package.manifest.checkpoint
    tensors = named_tensors(unpickled(package.weights_path.name, weights), checkpoint)
    network = build_network(package.manifest.network)
    _fill(network, tensors)
    return network.eval()


def unpickled(name: str, weights: BinaryIO) -> object:
    """What a pickle holds, read without running code in it. Raises PermanentError."""
    try:
        return torch.load(weights, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise unreadable(
            f"{name} holds Python objects besides weights, which could run code. Save the weights "
            "alone, torch.save(model.state_dict(), ...), and use that file"
        ) from error
    except (RuntimeError, ValueError, EOFError) as error:
        raise unreadable(f"{name} is no file that torch.save wrote") from error


def named_tensors(found: object, checkpoint: CheckpointSection) -> dict[str, torch.Tensor]:
    """The weights in what a pickle held, where the package says. Raises PermanentError."""
    if checkpoint.key is not None:
        if not isinstance(found, Mapping) or checkpoint.key not in found:
            raise unreadable(
                f"checkpoint.key in model.toml is {checkpoint.key!r}, "
                f"but the checkpoint holds {_some(_keys(found))}"
            )
        found = found[checkpoint.key]
    if not isinstance(found, Mapping) or not found:
        raise unreadable("the checkpoint holds no weights by name")
    prefix = checkpoint.strip_prefix
    tensors = {
        str(name).removeprefix(prefix): value
        for name, value in found.items()
        if isinstance(value, torch.Tensor)
    }
    if not tensors:
        raise unreadable(
            f"the checkpoint holds {_some(_keys(found))}; name the part with the weights as "
            "checkpoint.key in model.toml"
        )
    return merge_lora(tensors, alpha=checkpoint.lora_alpha)


def _fill(network: torch.nn.Module, tensors: dict[str, torch.Tensor]) -> None:
    own = network.state_dict()
    missing = sorted(own.keys() - tensors.keys())
    unknown = sorted(tensors.keys() - own.keys())
    if missing or unknown:
        raise unreadable(
            f"the weights do not fit the network: it lacks {_some(unknown)} of the checkpoint, "
            f"and the checkpoint lacks {_some(missing)} of the network; "
            "see network.arguments and checkpoint.strip_prefix in model.toml"
        )
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        raise unreadable(
            f"the weights do not fit the network: {_shapes(own, tensors)}; "
            "see network.arguments in model.toml"
        ) from error


def _shapes(own: Mapping[str, torch.Tensor], tensors: Mapping[str, torch.Tensor]) -> str:
    return _some(
        [
            f"{name} is {tuple(tensors[name].shape)}, expected {tuple(value.shape)}"
            for name, value in own.items()
            if tensors[name].shape != value.shape
        ]
    )


def _keys(found: object) -> list[str]:
    return sorted(map(str, found)) if isinstance(found, Mapping) else []


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:MOST_NAMED]) or "nothing"
    return shown if len(names) <= MOST_NAMED else f"{shown} and {len(names) - MOST_NAMED} more"
