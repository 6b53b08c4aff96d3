"""Which model formats there are; each is imported when it is first needed."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, BinaryIO

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import TransientError, WorkerError
from segrelay_worker.segmenters.intensity_steps import MonaiTransform
from segrelay_worker.segmenters.machine import Machine
from segrelay_worker.segmenters.manifest import unreadable
from segrelay_worker.segmenters.package import ModelPackage, opened_weights
from segrelay_worker.segmenters.passed_over import require_nothing_passed_over
from segrelay_worker.segmenters.segmenter import Segmenter

if TYPE_CHECKING:
    import torch  # `model init` imports this module, and has no need of torch

OpenSegmenter = Callable[[ModelPackage, BinaryIO, Machine], Segmenter]
SegmenterFormats = Mapping[str, OpenSegmenter]
Loader = Callable[[ModelPackage, BinaryIO], "torch.nn.Module"]

_HERE = "segrelay_worker.segmenters"

# By what they install.
_EXTRAS = {"monai": "monai", "yaml": "monai", "onnxruntime": "onnx", "nnunetv2": "nnunet"}


def _network_from(loader: str) -> OpenSegmenter:
    def open_network(package: ModelPackage, weights: BinaryIO, machine: Machine) -> Segmenter:
        from segrelay_worker.segmenters.network_segmenter import NetworkSegmenter  # noqa: PLC0415

        load: Loader = _installed(loader)
        if package.manifest.window is not None:
            _installed(f"{_HERE}.sliding_window:through_windows")
        return NetworkSegmenter(package, load(package, weights), machine)

    return open_network


def _chain_from(opener: str) -> OpenSegmenter:
    """Of a folder that brings its own windows and its own network."""

    def open_chain(package: ModelPackage, weights: BinaryIO, machine: Machine) -> Segmenter:
        open_folder: OpenSegmenter = _installed(opener)
        return open_folder(package, weights, machine)

    return open_chain


def _installed(name: str) -> Any:  # noqa: ANN401 - whatever has that name
    try:
        return pkgutil.resolve_name(name)
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get(str(error.name).partition(".")[0])
        if extra is None:
            raise
        raise unreadable(
            f"what model.toml asks for needs {error.name}, which is not installed: "
            f"pip install 'segrelay-worker[{extra}]'"
        ) from error


SEGMENTER_FORMATS: SegmenterFormats = MappingProxyType(
    {
        "torchscript": _network_from(f"{_HERE}.torchscript:load_torchscript"),
        "state_dict": _network_from(f"{_HERE}.state_dict:load_state_dict"),
        "exported_program": _network_from(f"{_HERE}.exported_program:load_exported_program"),
        "onnx": _network_from(f"{_HERE}.onnx_network:load_onnx"),
        "monai_bundle": _chain_from(f"{_HERE}.monai_bundle:open_bundle"),
        "nnunet": _chain_from(f"{_HERE}.nnunet:open_nnunet"),
    }
)


def require_known_format(package: ModelPackage, formats: SegmenterFormats) -> None:
    """Lets the worker refuse a package at start. Raises PermanentError model_unreadable."""
    name = package.manifest.model.format
    if name not in formats:
        known = ", ".join(sorted(formats))
        raise unreadable(f"model.format in model.toml is {name!r}, expected one of: {known}")


def open_segmenter(
    package: ModelPackage,
    *,
    device: str,
    formats: SegmenterFormats,
    fallback_device: str | None = None,
    cache_folder: Path | None = None,
) -> Segmenter:
    """Loads the weights; `fallback_device` and `cache_folder` are those of `Machine`.

    Raises PermanentError model_unreadable or model_checksum_mismatch, TransientError
    device_unavailable or out_of_memory.
    """
    require_known_format(package, formats)
    require_nothing_passed_over(package.manifest)
    for step in package.manifest.input.preprocessing:
        if isinstance(step, MonaiTransform):
            _installed(f"{_HERE}.monai_transform:built_transform")(step)
    with opened_weights(package) as weights:
        machine = Machine(device, fallback_device, cache_folder)
        try:
            return formats[package.manifest.model.format](package, weights, machine)
        except (WorkerError, OSError, MemoryError):
            raise
        except Exception as error:  # of the model's own code and settings, whatever they lead to
            raise _failure_to_load(error, device) from error


def _failure_to_load(error: Exception, device: str) -> WorkerError:
    """No patient's data are near: the text of the error may be told."""
    from segrelay_worker.segmenters.torch_failures import end_of_text, is_shortage  # noqa: PLC0415

    if is_shortage(error):
        return TransientError(
            ErrorCode.OUT_OF_MEMORY, {"device": device}, detail=end_of_text(error)
        )
    return unreadable(f"it cannot be loaded ({type(error).__name__}: {end_of_text(error)})")
