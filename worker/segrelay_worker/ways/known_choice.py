"""What was found fastest, on disk: the next start does not try everything again."""

from __future__ import annotations

import hashlib
import json
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

from segrelay_worker import __version__

_CHOICE = "choice.json"
_MOST_KEPT = 4  # per model: a converted network takes as much room as its weights
_DECIDING = ("torch", "openvino", "monai")


def machine_key(device: str) -> list[str]:
    """What else than the model decides which way is fastest."""
    versions = [f"{name} {_version(name)}" for name in _DECIDING]
    return [__version__, *versions, device, _device_name(device), str(torch.get_num_threads())]


def choice_folder(cache_folder: Path, *, model: str, digest: str, machine: list[str]) -> Path:
    """Where a choice lies with what its way keeps; made if need be, the oldest make room."""
    key = hashlib.sha256(json.dumps([digest, *machine]).encode()).hexdigest()[:32]
    folder = cache_folder / "ways" / model / key
    folder.mkdir(parents=True, exist_ok=True)
    folder.touch()
    others = sorted(folder.parent.iterdir(), key=lambda each: each.stat().st_mtime, reverse=True)
    for old in others[_MOST_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
    return folder


def known_choice(folder: Path) -> str | None:
    """The name of the way, if one was chosen before."""
    try:
        read = json.loads((folder / _CHOICE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return str(read["way"]) if isinstance(read, dict) and "way" in read else None


def keep_choice(folder: Path, *, way: str, dice: float, seconds: float) -> None:
    """For the next start, and for who wants to know."""
    partial = folder / f"{_CHOICE}.partial"
    written = {"way": way, "dice": round(dice, 6), "seconds": round(seconds, 4)}
    partial.write_text(json.dumps(written), encoding="utf-8")
    partial.replace(folder / _CHOICE)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def _device_name(device: str) -> str:
    if device != "cpu":
        return torch.cuda.get_device_name(device)
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return "unknown"
    return "".join(sorted({line for line in lines if line.startswith(("model name", "flags"))}))
