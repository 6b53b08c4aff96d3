"""Images → the results that the worker makes of them, by its own core."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from builders.finished_work import NOW
from builders.mr_series import write_series
from fakes.stub_segmenter import StubSegmenter, write_stub_package
from pydicom import Dataset

from segrelay_contract.leases import SupersededObject
from segrelay_worker.inference.input_folder import InputFolder
from segrelay_worker.inference.segment_series import segment_series
from segrelay_worker.segmenters.package import load_package

ROLES = ("t1", "flair")


def results_of(
    folder: Path,
    *inputs: Sequence[Dataset],
    version: str = "1.0.0",
    kind: str = "binary",
    supersedes: tuple[SupersededObject, ...] = (),
) -> dict[str, bytes]:
    """The files by kind, in the order in which the worker stores them; `folder` is new."""
    roles = ROLES[: len(inputs)]
    for role, images in zip(roles, inputs, strict=True):
        write_series(images, folder / role)
    (folder / "results").mkdir()
    package = load_package(
        write_stub_package(
            folder / "package", roles=roles, version=version, kind=kind, interpolate=True
        )
    )
    outcome = segment_series(
        inputs=[InputFolder(folder / role, role) for role in roles],
        results_folder=folder / "results",
        package=package,
        segmenter=StubSegmenter(package),
        threshold=None,
        run=0,
        supersedes=supersedes,
        report=lambda _stage, _fraction: None,
        now=NOW,
    )
    return {file.kind: file.path.read_bytes() for file in outcome.files}
