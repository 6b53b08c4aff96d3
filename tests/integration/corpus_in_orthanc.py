"""Series of the corpus, sent to the Orthanc that tests share."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from builders.corpus.case import Refused, Understood, write_case
from builders.mr_series import SeriesPlan
from integration.orthanc_server import OrthancServer

# Other tests send the same phantom there.
COMMON_ROOT, OWN_ROOT = SeriesPlan().uid_root.encode(), b"2.25.27182818284"

Case = Understood | Refused


def send_case(case: Case, archive: OrthancServer, folder: Path) -> list[str]:
    """Orthanc's ids of the series; some damage has removed files, and may split a series."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for path in write_case(case, folder):
            if path.exists():
                file.writestr(path.name, path.read_bytes().replace(COMMON_ROOT, OWN_ROOT))
    answer = archive.call("POST", "/instances", data=packed.getvalue())
    answer.raise_for_status()
    return sorted({one["ParentSeries"] for one in answer.json() if "ParentSeries" in one})
