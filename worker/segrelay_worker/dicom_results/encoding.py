"""Result objects → bytes of a DICOM file."""

from __future__ import annotations

from io import BytesIO

from pydicom import Dataset
from pydicom.charset import convert_encodings, default_encoding
from pydicom.filewriter import correct_ambiguous_vr


def encoded(dataset: Dataset) -> bytes:
    """Explicit little endian; text that was copied from a source keeps its very bytes.

    pydicom would decode and encode it anew, which need not give the same, unless it is told that
    the object was read as it is to be written. Then it leaves it to us to settle VRs.
    """
    named = dataset.get("SpecificCharacterSet")
    correct_ambiguous_vr(dataset, is_little_endian=True)
    dataset.set_original_encoding(
        is_implicit_vr=False,
        is_little_endian=True,
        character_encoding=convert_encodings(named) if named else default_encoding,
    )
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()
