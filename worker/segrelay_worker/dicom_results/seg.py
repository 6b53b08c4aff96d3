"""The mask as a DICOM Segmentation, or a Label Map Segmentation (DICOM PS3.3 A.51, A.92)."""

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
from highdicom.sr import CodedConcept
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from segrelay_worker import __version__
from segrelay_worker.dicom_results.codes import (
    ARTIFICIAL_INTELLIGENCE,
    MANUFACTURER,
    code_of,
    segment_rgb,
    series_number,
)
from segrelay_worker.dicom_results.contributing_equipment import contributing_equipment
from segrelay_worker.dicom_results.patient_study import copy_patient_and_study
from segrelay_worker.dicom_results.seg_content import FULL_FRACTION, SegContent
from segrelay_worker.dicom_results.slice_references import (
    one_image_per_slice,
    refer_to_further_series,
    refer_to_stored_images,
)
from segrelay_worker.dicom_results.stamp import stamp
from segrelay_worker.dicom_results.superseded import refer_to_superseded
from segrelay_worker.dicom_results.uids import UidKind
from segrelay_worker.dicom_results.work import FinishedWork
from segrelay_worker.segmenters.manifest import CodedTerm, Segment

SERIES_PLACE = 1


def build_seg(work: FinishedWork, content: SegContent) -> Dataset:
    """A complete SEG of a content in which at least one voxel is marked."""
    identity = work.identity
    seg: Dataset = Segmentation(
        source_images=one_image_per_slice(work.stand_ins, work.volume.sources),
        pixel_array=_pixels(content),
        segmentation_type=SegmentationTypeValues[content.kind.upper()],
        max_fractional_value=FULL_FRACTION,
        segment_descriptions=[_description(work, segment) for segment in work.package.segments],
        series_instance_uid=identity.uid(UidKind.SEG_SERIES),
        series_number=series_number(work.source_series_number, SERIES_PLACE),
        sop_instance_uid=identity.uid(UidKind.SEG_INSTANCE),
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=work.package.name,
        software_versions=__version__,
        device_serial_number=work.serial_number,
        transfer_syntax_uid=ExplicitVRLittleEndian,
        pixel_measures=_pixel_measures(work),
        content_label="SEGMENTATION",
        content_description=work.title,
        series_description=work.title,
        contributing_equipment=contributing_equipment(),
    )
    _derive_dimension_organization(seg, identity.uid(UidKind.DIMENSION_ORGANIZATION))
    refer_to_stored_images(seg, work.volume.sources)
    refer_to_further_series(seg, work.other_images)
    seg.ContentCreatorName = ""  # nobody's, but it must be there
    refer_to_superseded(seg, work)
    copy_patient_and_study(work.source, seg)
    stamp(seg, work.now)
    return seg


def _pixels(content: SegContent) -> NDArray[np.generic]:
    """As highdicom takes them: numbers of segments, or the segments along the last axis."""
    if content.kind == "labelmap":
        return _segment_numbers(content)
    # Views: highdicom goes from frame to frame, and each lies together in memory as it is.
    if content.kind == "binary":
        return np.moveaxis(content.mask_szyx, 0, -1)
    return np.moveaxis(content.values_szyx, 0, -1) / np.float32(FULL_FRACTION)


def _segment_numbers(content: SegContent) -> NDArray[np.generic]:
    count = len(content.values_szyx)
    numbers_zyx = np.zeros(content.values_szyx.shape[1:], dtype=np.min_scalar_type(count))
    for number, marked_zyx in enumerate(content.mask_szyx, start=1):
        numbers_zyx[marked_zyx] = number
    return numbers_zyx


def _description(work: FinishedWork, segment: Segment) -> SegmentDescription:
    region = segment.anatomic_region
    description = SegmentDescription(
        segment_number=segment.number,
        segment_label=segment.label,
        segmented_property_category=code_of(segment.category),
        segmented_property_type=code_of(segment.type),
        algorithm_type=SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=_algorithm(work),
        tracking_uid=work.tracking_uid(segment),
        tracking_id=work.tracking_id(segment),
        display_color=CIELabColor.from_rgb(*segment_rgb(segment)),
        anatomic_regions=[code_of(region)] if region else None,
    )
    if segment.type_modifier:
        (segment_type,) = description.SegmentedPropertyTypeCodeSequence
        segment_type.SegmentedPropertyTypeModifierCodeSequence = [_concept(segment.type_modifier)]
    if segment.anatomic_region_modifier:
        (anatomic_region,) = description.AnatomicRegionSequence
        anatomic_region.AnatomicRegionModifierSequence = [
            _concept(segment.anatomic_region_modifier)
        ]
    return description


def _concept(term: CodedTerm) -> CodedConcept:
    return CodedConcept.from_code(code_of(term))


def _algorithm(work: FinishedWork) -> AlgorithmIdentificationSequence:
    return AlgorithmIdentificationSequence(
        name=work.package.name,
        family=ARTIFICIAL_INTELLIGENCE,
        version=work.package.version,
        source=MANUFACTURER,
        parameters=dict(work.parameters),
    )


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
