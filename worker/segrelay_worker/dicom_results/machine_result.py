"""The result as JSON in a private block (DICOM PS3.5 7.8.1) of the report.

A queue that nobody told how a request ended can read it in the archive; Orthanc gives it at
`/instances/{id}/content/0071-1001`, being too long for its lists of tags.
"""

from __future__ import annotations

from pydicom import Dataset

from segrelay_contract.results import ReportedResult

GROUP, CREATOR, ELEMENT = 0x0071, "SEGRELAY", 0x01


def embed_result(report: Dataset, result: ReportedResult) -> None:
    """Adds it; it is ASCII, as all text of our own."""
    block = report.private_block(GROUP, CREATOR, create=True)
    block.add_new(ELEMENT, "UT", result.model_dump_json())
