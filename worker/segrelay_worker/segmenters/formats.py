"""Which model formats there are; each is imported when it is first needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import BinaryIO

from segrelay_worker.segmenters.manifest import unreadable
from segrelay_worker.segmenters.package import ModelPackage, opened_weights
from segrelay_worker.segmenters.segmenter import Segmenter

SegmenterFormats = Mapping[str, Callable[[ModelPackage, BinaryIO, str], Segmenter]]


def _torchscript(package: ModelPackage, weights: BinaryIO, device: str) -> Segmenter:
    # The supervisor imports this module and must never load torch.
    from segrelay_worker.segmenters.torchscript import TorchScriptSegmenter  # noqa: PLC0415

    return TorchScriptSegmenter(package, weights, device)


SEGMENTER_FORMATS: SegmenterFormats = MappingProxyType({"torchscript": _torchscript})


def require_known_format(package: ModelPackage, formats: SegmenterFormats) -> None:
    """Lets the worker refuse a package at start. Raises PermanentError model_unreadable."""
    name = package.manifest.model.format
    if name not in formats:
        known = ", ".join(sorted(formats))
        raise unreadable(f"model.format in model.toml is {name!r}, expected one of: {known}")


def open_segmenter(package: ModelPackage, *, device: str, formats: SegmenterFormats) -> Segmenter:
    """Loads the weights.

    Raises PermanentError model_unreadable or model_checksum_mismatch, TransientError
    device_unavailable.
    """
    require_known_format(package, formats)
    with opened_weights(package) as weights:
        return formats[package.manifest.model.format](package, weights, device)
