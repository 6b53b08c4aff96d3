"""What a format has no use for: in model.toml it would be taken for something that is done."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from types import MappingProxyType

from segrelay_worker.segmenters.manifest import Manifest, unreadable

_BRINGS_ITS_OWN = "which brings its own"
_BY_ITS_LIBRARY = "whose own library computes it"
_NO_CHECKPOINT = "which is no checkpoint"

_OF_FOLDERS = {
    "window": _BRINGS_ITS_OWN,
    "network": _BRINGS_ITS_OWN,
    "inference.precision": _BY_ITS_LIBRARY,
    "inference.check_input": _BY_ITS_LIBRARY,
    "limits.smallest_window": _BY_ITS_LIBRARY,
    "limits.half_precision": _BY_ITS_LIBRARY,
}
_OF_PROGRAMS = {"network": _BRINGS_ITS_OWN, "checkpoint": _NO_CHECKPOINT}

# Format → key → why it is not for it.
_PASSED_OVER: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "torchscript": _OF_PROGRAMS,
        "exported_program": _OF_PROGRAMS,
        "onnx": _OF_PROGRAMS,
        "monai_bundle": _OF_FOLDERS,
        "nnunet": {**_OF_FOLDERS, "checkpoint": _BRINGS_ITS_OWN},
    }
)


def require_nothing_passed_over(manifest: Manifest) -> None:
    """Raises PermanentError model_unreadable that names the first such key."""
    name = manifest.model.format
    for key, reason in _PASSED_OVER.get(name, {}).items():
        if _is_asked_for(manifest, key):
            shown = key if "." in key else f"[{key}]"
            raise unreadable(f"{shown} in model.toml is not for {name}, {reason}: leave it out")
    if manifest.limits.smallest_window is not None and manifest.window is None:
        raise unreadable(
            "limits.smallest_window in model.toml is for packages with a [window], and this one "
            "has none: add [window], or leave it out"
        )


def _is_asked_for(manifest: Manifest, key: str) -> bool:
    """Whether it says something else than what is so without it."""
    *sections, last = key.split(".")
    section = reduce(getattr, sections, manifest)
    usual = type(section).model_fields[last].default
    return bool(getattr(section, last) != usual)
