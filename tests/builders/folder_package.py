from __future__ import annotations

from pathlib import Path

from fakes.stub_segmenter import write_stub_package

from segrelay_worker.segmenters.folder_files import FOLDER_FILES
from segrelay_worker.segmenters.listed_files import LIST_NAME, list_of_files


def write_folder_package(  # noqa: PLR0913 - what tests vary, each by name
    folder: Path,
    format_name: str,
    *,
    activation: str = "none",
    orientation: str = "RAS",
    roles: tuple[str, ...] = ("t1",),
    labels: tuple[str, ...] = ("Rim", "Core"),
    output: str = "",
) -> None:
    """Puts a model.toml, and the list of its files, into a folder that holds a model."""
    listed = list_of_files(folder, FOLDER_FILES[format_name]).encode()
    weights = write_stub_package(
        folder, orientation=orientation, roles=roles, labels=labels, weights=listed
    )
    weights.rename(folder / LIST_NAME)
    manifest = folder / "model.toml"
    text = manifest.read_text(encoding="utf-8")
    for old, new in (
        (weights.name, LIST_NAME),
        ('"stub"', f'"{format_name}"'),
        ('"none"', f'"{activation}"'),
        ("[output]\n", f"[output]\n{output}\n"),
    ):
        text = text.replace(old, new)
    manifest.write_text(text, encoding="utf-8")
