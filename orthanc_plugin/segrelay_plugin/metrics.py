# SPDX-License-Identifier: AGPL-3.0-or-later
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from segrelay_plugin.orthanc_api import OrthancApi

ROUTE = "/tools/metrics-prometheus"  # Orthanc's own; its answer carries our gauges

Gauges = Mapping[str, Callable[[], float]]  # by name, where the figure is read


@dataclass(frozen=True, slots=True)
class Metrics:
    """The plugin's figures among Orthanc's own.

    Orthanc keeps what it was told last. It is told when somebody is about to read, which our
    filter sees: so figures are never old, and cost nothing where nobody looks.
    """

    orthanc: OrthancApi
    gauges: Gauges

    def before_call(self, path: str) -> None:
        """Brings the figures up to date if this call reads them."""
        if path != ROUTE:
            return
        for name, read in self.gauges.items():
            self.orthanc.SetMetricsValue(name, float(read()), self.orthanc.MetricsType.DEFAULT)
