# SPDX-License-Identifier: AGPL-3.0-or-later
import logging

from segrelay_plugin.orthanc_api import OrthancApi


class OrthancLogHandler(logging.Handler):
    """Writes the package's log lines into Orthanc's own log."""

    def __init__(self, orthanc: OrthancApi) -> None:
        super().__init__()
        self._orthanc = orthanc

    def emit(self, record: logging.LogRecord) -> None:
        """Hands one line to the Orthanc function of the same severity."""
        line = f"segrelay: {self.format(record)}"
        if record.levelno >= logging.ERROR:
            self._orthanc.LogError(line)
        elif record.levelno >= logging.WARNING:
            self._orthanc.LogWarning(line)
        else:
            self._orthanc.LogInfo(line)


def log_to_orthanc(orthanc: OrthancApi) -> None:
    """Sends the log lines of this package, and of nothing else, to Orthanc's log."""
    logger = logging.getLogger("segrelay_plugin")
    logger.handlers = [OrthancLogHandler(orthanc)]
    logger.propagate = False
    logger.setLevel(logging.INFO)
