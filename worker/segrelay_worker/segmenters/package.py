"""A model package on disk: model.toml and the weights that it names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import BinaryIO

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.leases import ModelOffer, OfferedSegment
from segrelay_contract.results import ModelIdentity
from segrelay_worker.errors import PermanentError
from segrelay_worker.segmenters.coded_terms import require_good_codes
from segrelay_worker.segmenters.folder_files import FOLDER_FILES
from segrelay_worker.segmenters.manifest import Manifest, Segment, parse_manifest, unreadable

MANIFEST_NAME = "model.toml"


@dataclass(frozen=True)
class ModelPackage:
    """A package by its model.toml; `digest` covers model.toml and weights."""

    manifest: Manifest
    weights_path: Path
    digest: str

    @property
    def name(self) -> str:
        """As in the queue and in DICOM."""
        return self.manifest.model.name

    @property
    def version(self) -> str:
        """As in the queue and in DICOM."""
        return self.manifest.model.version

    @property
    def weights_sha256(self) -> str:
        """Hexadecimal, of the weights file."""
        return self.manifest.model.sha256

    @property
    def weights_bytes(self) -> int:
        """Size of the weights file, or of a folder's listed ones; 0 if there is none."""
        usual = (escape(self.weights_path.name),)
        patterns = FOLDER_FILES.get(self.manifest.model.format, usual)
        paths = (path for pattern in patterns for path in self.weights_path.parent.glob(pattern))
        return sum(path.stat().st_size for path in paths)

    @property
    def segments(self) -> tuple[Segment, ...]:
        """In the order of the output channels."""
        return self.manifest.segments

    def offer(self) -> ModelOffer:
        """What the queue is told when the worker claims."""
        return ModelOffer(
            name=self.name,
            version=self.version,
            digest=self.digest,
            weights_sha256=self.weights_sha256,
            roles=self.manifest.input.roles,
            segments=tuple(
                OfferedSegment(number=segment.number, label=segment.label)
                for segment in self.segments
            ),
            volume_rule=dict(self.manifest.input.volume),
            interpolate_missing_slice=self.manifest.input.interpolate_missing_slice,
            allow_different_frames_of_reference=(
                self.manifest.input.allow_different_frames_of_reference
            ),
            memory_bytes=self.manifest.limits.memory_bytes,
        )

    def identity(self) -> ModelIdentity:
        """What a result says about its model."""
        return ModelIdentity(
            name=self.name,
            version=self.version,
            digest=self.digest,
            weights_sha256=self.weights_sha256,
        )


def load_package(model_path: Path) -> ModelPackage:
    """Reads model.toml of a weights file, or in a folder; nothing looks at the weights yet.

    Raises PermanentError model_unreadable or model_miscoded.
    """
    folder = model_path if model_path.is_dir() else model_path.parent
    manifest_bytes = _read_manifest(folder)
    try:
        manifest = parse_manifest(manifest_bytes.decode())
    except UnicodeDecodeError as error:
        raise unreadable(f"{MANIFEST_NAME} is not UTF-8") from error
    require_good_codes(manifest.segments)
    weights_path = folder / manifest.model.weights
    if folder != model_path and weights_path.name != model_path.name:
        raise unreadable(
            f"model.weights in {MANIFEST_NAME} is {weights_path.name!r}, "
            f"but the worker was told to use {model_path.name!r}"
        )
    return ModelPackage(manifest, weights_path, _digest(manifest_bytes, manifest.model.sha256))


def _read_manifest(folder: Path) -> bytes:
    try:
        return (folder / MANIFEST_NAME).read_bytes()
    except OSError as error:
        raise unreadable(f"{MANIFEST_NAME} cannot be read ({error.strerror})") from error


@contextmanager
def opened_weights(package: ModelPackage) -> Iterator[BinaryIO]:
    """The weights, as `opened_file` opens them."""
    with opened_file(package.weights_path, package.weights_sha256) as weights:
        yield weights


@contextmanager
def opened_file(path: Path, sha256: str) -> Iterator[BinaryIO]:
    """A file, at its first byte, once its checksum has passed: it can hold code.

    Who loads from this handle loads the very file that was checked, whatever its path names by now.
    Raises PermanentError model_checksum_mismatch, or model_unreadable if there is no such file.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise _no_file(path, error) from error
    with file:
        _require_checksum(path, file, sha256)
        file.seek(0)
        yield file


def _require_checksum(path: Path, file: BinaryIO, expected: str) -> None:
    try:
        actual = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    except OSError as error:
        raise _no_file(path, error) from error
    if actual != expected:
        raise PermanentError(
            ErrorCode.MODEL_CHECKSUM_MISMATCH,
            {"actual": actual, "expected": expected},
            detail=path.name,
        )


def _no_file(path: Path, error: OSError) -> PermanentError:
    return unreadable(f"{path.name} cannot be read ({error.strerror})")


def _digest(manifest_bytes: bytes, weights_sha256: str) -> str:
    manifest_sha256 = hashlib.sha256(manifest_bytes).hexdigest()
    return hashlib.sha256(f"{manifest_sha256}:{weights_sha256}".encode()).hexdigest()
