from __future__ import annotations

import warnings
from typing import BinaryIO

import torch

from segrelay_worker.segmenters.manifest import unreadable
from segrelay_worker.segmenters.package import ModelPackage


def load_exported_program(package: ModelPackage, weights: BinaryIO) -> torch.nn.Module:
    """A network that `torch.export.save` wrote (.pt2), its code included.

    Raises PermanentError model_unreadable.
    """
    name = package.weights_path.name
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of torch itself, about its own file format
            network = torch.export.load(weights).module()
    except Exception as error:
        raise unreadable(f"{name} is no exported program ({type(error).__name__})") from error
    return network
