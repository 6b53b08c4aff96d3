from __future__ import annotations

import pkgutil

import torch

from segrelay_worker.segmenters.manifest import NetworkSection, unreadable


def build_network(section: NetworkSection | None) -> torch.nn.Module:
    """The network with weights that nobody trained. Raises PermanentError model_unreadable."""
    if section is None:
        raise unreadable("network.class is missing in model.toml; a state dict needs its network")
    network_class = _found(section.class_path)
    try:
        network = network_class(**section.arguments)
    except (TypeError, ValueError) as error:
        raise unreadable(
            f"network.arguments in model.toml do not fit {section.class_path}: {error}"
        ) from error
    return network


def _found(class_path: str) -> type[torch.nn.Module]:
    try:
        found = pkgutil.resolve_name(class_path)
    except ModuleNotFoundError as error:
        raise unreadable(
            f"network.class in model.toml is {class_path!r}, but {error.name} is not installed "
            "beside the worker (MONAI's networks come with `pip install segrelay-worker[monai]`)"
        ) from error
    except (AttributeError, ValueError, ImportError) as error:
        raise unreadable(
            f"network.class in model.toml is {class_path!r}, which cannot be imported; "
            "expected something like 'monai.networks.nets:SegResNet'"
        ) from error
    if not (isinstance(found, type) and issubclass(found, torch.nn.Module)):
        raise unreadable(f"network.class in model.toml is {class_path!r}, which is no torch Module")
    return found
