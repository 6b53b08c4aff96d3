# SPDX-License-Identifier: AGPL-3.0-or-later
import json
from collections.abc import Mapping
from typing import Any

from segrelay_plugin.errors import ResultRefusedError
from segrelay_plugin.orthanc_api import OrthancApi

# DICOM PS3.10 7.1. The 128 bytes before "DICM" may hold anything, also the head of a ZIP file, of
# which Orthanc would store what is inside; workers leave them empty.
BEGINNING = bytes(128) + b"DICM"
NO_LIMIT = 0  # of the length of texts


class DicomReader:
    """Reads a DICOM file as Orthanc itself does."""

    def __init__(self, orthanc: OrthancApi) -> None:
        self._orthanc = orthanc

    def tags(self, content: bytes) -> Mapping[str, Any]:
        """All but the pixels, private elements included: "gggg,eeee" to text, sequences as lists.

        Raises:
            ResultRefusedError: it is no DICOM file.
        """
        if not content.startswith(BEGINNING):
            raise ResultRefusedError("result_no_dicom")
        flags = self._orthanc.DicomToJsonFlags
        try:
            text = self._orthanc.DicomBufferToJson(
                content,
                self._orthanc.DicomToJsonFormat.SHORT,
                flags.INCLUDE_PRIVATE_TAGS | flags.INCLUDE_UNKNOWN_TAGS,
                NO_LIMIT,
            )
        except self._orthanc.OrthancException as error:
            raise ResultRefusedError("result_no_dicom") from error
        return dict(json.loads(text))
