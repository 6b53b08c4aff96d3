# SPDX-License-Identifier: AGPL-3.0-or-later
import threading
from collections import OrderedDict

from segrelay_plugin.archive import Archive
from segrelay_plugin.errors import UnknownSeriesError

MOST_INSTANCES = 20_000  # that are remembered; some 2 MB


class ParentSeries:
    """Of which series an instance is; asked of Orthanc once, as its ids never change hands."""

    def __init__(self, archive: Archive, *, most: int = MOST_INSTANCES) -> None:
        self._archive = archive
        self._most = most
        self._lock = threading.Lock()
        self._known: OrderedDict[str, str] = OrderedDict()

    def of(self, instance_id: str) -> str | None:
        """Orthanc's id of the series; None for an instance that is not there.

        Raises:
            ArchiveError: Orthanc cannot say.
        """
        with self._lock:
            known = self._known.get(instance_id)
        if known is not None:
            return known
        try:
            series_id = self._archive.series_of_instance(instance_id)
        except UnknownSeriesError:
            return None
        with self._lock:
            self._known[instance_id] = series_id
            if len(self._known) > self._most:
                self._known.popitem(last=False)
        return series_id
