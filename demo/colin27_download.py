"""Fetches the demo's head MRI out of a Debian package, without installing the package."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from demo.errors import ImageUnavailableError

PACKAGE = "mricron-data"
IMAGE = "ch2.nii.gz"


def fetch_colin27(cache: Path) -> Path:
    """The Colin27 head, a T1 of 181x217x181 voxels of 1 mm (Holmes et al. 1998; BSD licence).

    Args:
        cache: Folder that keeps the image for the next time.

    Raises:
        ImageUnavailableError: the package could not be downloaded or unpacked.
    """
    image = cache / IMAGE
    if not image.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            shutil.move(unpacked_image(Path(scratch), wanted=image), image)
    return image


def unpacked_image(scratch: Path, *, wanted: Path) -> Path:
    """Download the package into a scratch folder and unpack it there, which needs no root."""
    run_or_explain(["apt-get", "download", PACKAGE], scratch, wanted)
    for archive in scratch.glob("*.deb"):
        run_or_explain(["dpkg", "-x", archive.name, "unpacked"], scratch, wanted)
    found = next(scratch.glob(f"unpacked/**/{IMAGE}"), None)
    if found is None:
        raise ImageUnavailableError(
            f"The Debian package {PACKAGE} no longer holds {IMAGE}. Put the file at {wanted}."
        )
    return found


def run_or_explain(command: list[str], folder: Path, wanted: Path) -> None:
    """Run one program; when it fails, say what to do instead."""
    advice = f"Run `apt-get update` and try again, or put {IMAGE} at {wanted} yourself."
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    except FileNotFoundError as missing:
        raise ImageUnavailableError(
            f"The demo's head MRI comes from a Debian package, and {command[0]} is not on this "
            f"machine. Put {IMAGE} at {wanted} yourself."
        ) from missing
    except subprocess.CalledProcessError as failed:
        raise ImageUnavailableError(
            f"`{' '.join(command)}` failed: {failed.stderr.strip()}. {advice}"
        ) from failed


if __name__ == "__main__":
    print(fetch_colin27(Path(sys.argv[1])))
