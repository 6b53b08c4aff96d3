"""How images come into Orthanc: by HTTP, or by C-STORE as scanners send them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from builders.minimal_mr import upload
from integration.orthanc_server import OrthancServer
from pydicom import Dataset

# Else DCMTK holds back the end of each image until the other side has acknowledged what came
# before it, which it does after 40 ms. Orthanc is built on DCMTK too and takes the same variable.
AT_ONCE = {"TCP_NODELAY": "1"}
LARGE_PARTS = ("--max-pdu", "131072", "--max-send-pdu", "131072")  # bytes, as many as there may be

SendBy = Callable[[OrthancServer, Sequence[Dataset]], str]


def send_by_rest(orthanc: OrthancServer, images: Sequence[Dataset]) -> str:
    """Stores one series; gives Orthanc's id of it."""
    [series_id] = upload(images, url=orthanc.url, auth=orthanc.admin)
    return series_id


def send_by_c_store(orthanc: OrthancServer, images: Sequence[Dataset]) -> str:
    """The same by PS3.4, annex B. Raises ConnectionError if an image was not stored."""
    with TemporaryDirectory() as folder:
        files = [Path(folder) / f"{number}.dcm" for number in range(len(images))]
        for file, image in zip(files, images, strict=True):
            image.save_as(file, enforce_file_format=True)
        c_store(files, port=orthanc.dicom_port)
    uid = images[0].SeriesInstanceUID
    [found] = orthanc.call("POST", "/tools/lookup", data=uid).json()
    return str(found["ID"])


BOTH_WAYS = pytest.mark.parametrize(
    "send_by",
    [pytest.param(send_by_rest, id="REST"), pytest.param(send_by_c_store, id="C-STORE")],
)


def c_store(paths: Iterable[Path], *, port: int) -> None:
    """Stores files, or folders of files, with DCMTK's own program over one association."""
    program = ["storescu", "--scan-directories", "--aetitle", "SCANNER", "--call", "ORTHANC"]
    sent = subprocess.run(
        [*program, *LARGE_PARTS, "127.0.0.1", str(port), *map(str, paths)],
        env={**os.environ, **AT_ONCE},
        check=False,
        capture_output=True,
        text=True,
    )
    if sent.returncode:
        raise ConnectionError(f"storescu: {sent.stderr}")
