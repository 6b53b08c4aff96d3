from __future__ import annotations

import shutil
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote
from zipfile import BadZipFile, ZipFile

import requests

from segrelay_worker.transfer.orthanc_client import OrthancClient, unreachable
from segrelay_worker.transfer.reasons import plain_reason

_PIECE_BYTES = 1 << 16


def download_series(
    *, orthanc: OrthancClient, series_id: str, folder: Path, check: Callable[[], None]
) -> int:
    """Fill `folder` with the files of one series, named 000001.dcm and so on; return their number.

    `check` is called between pieces and may raise to stop. Raises TransientError if Orthanc does
    not answer in full, PermanentError if the series is gone or the worker is refused.
    """
    path = f"/series/{quote(series_id, safe='')}"
    expected = _instance_count(orthanc, path)
    _empty(folder)
    archive = folder.with_suffix(".zip")
    _fetch(orthanc, f"{path}/archive", archive, check)
    count = _unpack(archive, folder, check)
    archive.unlink()
    if count != expected:
        raise unreachable(f"the archive held {count} images of {expected}")
    return count


def _instance_count(orthanc: OrthancClient, path: str) -> int:
    response = orthanc.get(path)
    try:
        return len(response.json()["Instances"])
    except (ValueError, KeyError, TypeError) as error:
        raise unreachable("the answer is not one of an Orthanc server") from error


def _empty(folder: Path) -> None:
    """What an earlier try left must not be counted as part of this one."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _fetch(orthanc: OrthancClient, path: str, archive: Path, check: Callable[[], None]) -> None:
    with orthanc.get(path, stream=True) as response, archive.open("wb") as file:
        try:
            for piece in response.iter_content(_PIECE_BYTES):
                check()
                file.write(piece)
        except requests.RequestException as error:
            raise unreachable(f"the archive was cut off: {plain_reason(error)}") from error


def _unpack(archive: Path, folder: Path, check: Callable[[], None]) -> int:
    """Names inside the archive hold the patient's and could point anywhere: they are not used."""
    count = 0
    try:
        with ZipFile(archive) as zipped:
            for member in zipped.infolist():
                if member.is_dir() or not member.filename.lower().endswith(".dcm"):
                    continue
                check()
                count += 1
                with zipped.open(member) as source, _numbered(folder, count).open("wb") as target:
                    shutil.copyfileobj(source, target)  # compares the CRC at the end
    except (BadZipFile, EOFError, zlib.error) as error:
        raise unreachable("the archive is damaged") from error
    return count


def _numbered(folder: Path, number: int) -> Path:
    return folder / f"{number:06}.dcm"
