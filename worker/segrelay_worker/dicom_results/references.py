"""References to stored objects, as sequences of DICOM hold them (PS3.3 10.3)."""

from __future__ import annotations

from highdicom.sr import CodedConcept
from pydicom import Dataset
from pydicom.sr.coding import Code


def reference_to(
    sop_class_uid: str, sop_instance_uid: str, *, purpose: Code | None = None
) -> Dataset:
    """One item, with why the object is referred to where that is asked for."""
    item = Dataset()
    item.ReferencedSOPClassUID = sop_class_uid
    item.ReferencedSOPInstanceUID = sop_instance_uid
    if purpose is not None:
        item.PurposeOfReferenceCodeSequence = [CodedConcept.from_code(purpose)]
    return item
