"""Which model formats there are; each is imported when it is first needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from segrelay_worker.segmenters.manifest import unreadable
from segrelay_worker.segmenters.package import ModelPackage
from segrelay_worker.segmenters.segmenter import Segmenter

SegmenterFormats = Mapping[str, Callable[[ModelPackage, str], Segmenter]]


def _torchscript(package: ModelPackage, device: str) -> Segmenter:
    # The supervisor imports this module and must never load torch.
    from segrelay_worker.segmenters.torchscript import TorchScriptSegmenter  # noqa: PLC0415

    return TorchScriptSegmenter(package, device)


SEGMENTER_FORMATS: SegmenterFormats = MappingProxyType({"torchscript": _torchscript})


def require_known_format(package: ModelPackage, formats: SegmenterFormats) -> None:
    """Lets the worker refuse a package at start. Raises PermanentError model_unreadable."""
    name = package.manifest.model.format
    if name not in formats:
        known = ", ".join(sorted(formats))
        raise unreadable(f"model.format in model.toml is {name!r}, expected one of: {known}")


def open_segmenter(package: ModelPackage, *, device: str, formats: SegmenterFormats) -> Segmenter:
    """Loads the weights. Raises PermanentError model_unreadable or model_checksum_mismatch."""
    require_known_format(package, formats)
    return formats[package.manifest.model.format](package, device)
