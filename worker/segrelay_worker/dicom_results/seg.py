"""The mask as a DICOM Segmentation of type BINARY (DICOM PS3.3 A.51)."""

from __future__ import annotations

import numpy as np
from highdicom import AlgorithmIdentificationSequence, PixelMeasuresSequence
from highdicom.color import CIELabColor
from highdicom.seg import (
    SegmentAlgorithmTypeValues,
    Segmentation,
    SegmentationTypeValues,
    SegmentDescription,
)
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.sr.coding import Code
from pydicom.uid import ExplicitVRLittleEndian

from segrelay_worker import __version__
from segrelay_worker.dicom_results.codes import (
    ARTIFICIAL_INTELLIGENCE,
    MANUFACTURER,
    segment_rgb,
    series_number,
)
from segrelay_worker.dicom_results.patient_study import anonymous_source, copy_patient_and_study
from segrelay_worker.dicom_results.stamp import stamp
from segrelay_worker.dicom_results.uids import UidKind
from segrelay_worker.dicom_results.work import FinishedWork
from segrelay_worker.segmenters.manifest import CodedTerm, Segment

SERIES_PLACE = 1


def build_seg(work: FinishedWork, mask_szyx: NDArray[np.bool_]) -> Dataset:
    """A complete SEG of a mask [segment, slice, row, column] in which at least one voxel is set."""
    identity = work.identity
    seg: Dataset = Segmentation(
        source_images=[
            anonymous_source(
                dataset, first=work.source, slice_thickness_mm=work.volume.spacing_zyx_mm[0]
            )
            for dataset in work.volume.datasets
        ],
        pixel_array=np.ascontiguousarray(np.moveaxis(mask_szyx, 0, -1)),
        segmentation_type=SegmentationTypeValues.BINARY,
        segment_descriptions=[_description(work, segment) for segment in work.package.segments],
        series_instance_uid=identity.uid(UidKind.SEG_SERIES),
        series_number=series_number(work.source_series_number, SERIES_PLACE),
        sop_instance_uid=identity.uid(UidKind.SEG_INSTANCE),
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=work.package.name,
        software_versions=__version__,
        device_serial_number=work.package.digest[:16],  # one per model package
        transfer_syntax_uid=ExplicitVRLittleEndian,
        pixel_measures=_pixel_measures(work),
        content_label="SEGMENTATION",
        content_description=work.title,
        series_description=work.title,
    )
    _derive_dimension_organization(seg, identity.uid(UidKind.DIMENSION_ORGANIZATION))
    copy_patient_and_study(work.source, seg)
    stamp(seg, work.now)
    return seg


def _description(work: FinishedWork, segment: Segment) -> SegmentDescription:
    tracking_uid = work.identity.uid(UidKind.SEGMENT_TRACKING, segment.number)
    return SegmentDescription(
        segment_number=segment.number,
        segment_label=segment.label,
        segmented_property_category=_code(segment.category),
        segmented_property_type=_code(segment.type),
        algorithm_type=SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=_algorithm(work),
        tracking_uid=tracking_uid,
        tracking_id=f"{work.package.name} {segment.label}"[:64],
        display_color=CIELabColor.from_rgb(*segment_rgb(segment.number)),
    )


def _algorithm(work: FinishedWork) -> AlgorithmIdentificationSequence:
    parameters = {
        "weights_sha256": work.package.weights_sha256,
        "package_digest": work.package.digest,
        "threshold": repr(work.threshold),
    }
    return AlgorithmIdentificationSequence(
        name=work.package.name,
        family=ARTIFICIAL_INTELLIGENCE,
        version=work.package.version,
        source=MANUFACTURER,
        parameters=parameters,
    )


def _code(term: CodedTerm) -> Code:
    return Code(term.value, term.scheme, term.meaning)


def _pixel_measures(work: FinishedWork) -> PixelMeasuresSequence:
    """The distance of slices as measured; a marked voxel stands for all of it, gaps included."""
    between_slices_mm = work.volume.spacing_zyx_mm[0]
    return PixelMeasuresSequence(
        pixel_spacing=[float(spacing) for spacing in work.source.PixelSpacing],
        slice_thickness=between_slices_mm,
        spacing_between_slices=between_slices_mm,
    )


def _derive_dimension_organization(seg: Dataset, uid: str) -> None:
    """Replaces the one UID that highdicom draws at random."""
    for item in (*seg.DimensionOrganizationSequence, *seg.DimensionIndexSequence):
        item.DimensionOrganizationUID = uid
