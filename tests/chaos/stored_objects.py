from __future__ import annotations

from collections import Counter

import requests
from integration.orthanc_server import OrthancServer


def results_by_series(archive: OrthancServer, modality: str) -> Counter[str]:
    """How many result objects of one kind each MR series has; every study here holds one."""
    series = requests.get(f"{archive.url}/series?expand", auth=archive.admin, timeout=60).json()
    source = {
        one["ParentStudy"]: one["ID"] for one in series if one["MainDicomTags"]["Modality"] == "MR"
    }
    found: Counter[str] = Counter()
    for one in series:
        if one["MainDicomTags"]["Modality"] == modality:
            found[source[one["ParentStudy"]]] += len(one["Instances"])
    return found
