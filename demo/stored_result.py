"""Judges what lies in Orthanc in the end, not what anybody said about it."""

from pathlib import Path

from pydicom import dcmread

from demo.comparison import Comparison, compared
from demo.errors import WrongResultError
from demo.orthanc import Orthanc
from demo.preparation import Head
from demo.reference import reference_mask
from demo.stored_mask import stored_mask
from segrelay_contract.results import StoredObject


def fetched_seg(stored: StoredObject, orthanc: Orthanc, folder: Path) -> Path:
    """Download the stored segmentation.

    Raises:
        WrongResultError: Orthanc holds something else under that id.
        CallFailedError: Orthanc does not give it.
    """
    file = folder / "stored-seg.dcm"
    orthanc.download(stored.orthanc_id, file)
    uid = str(dcmread(file, stop_before_pixels=True).SOPInstanceUID)
    if uid != stored.sop_instance_uid:
        raise WrongResultError(
            f"The worker reported the segmentation {stored.sop_instance_uid}, "
            f"but Orthanc holds {uid} in its place."
        )
    return file


def compared_with_reference(seg: Path, head: Head, folder: Path) -> Comparison:
    """Compare the stored segmentation with deepbet's own on the original head. Raises DemoError."""
    return compared(stored_mask(seg), reference=reference_mask(head.nifti, folder / "reference"))
