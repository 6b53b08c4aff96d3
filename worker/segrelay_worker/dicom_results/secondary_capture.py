"""The picture of a result as a DICOM Secondary Capture Image (DICOM PS3.3 A.8.1)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from highdicom.sc import SCImage
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from segrelay_contract.results import SegmentFigures
from segrelay_worker import __version__
from segrelay_worker.dicom_results.codes import (
    MANUFACTURER,
    SOURCE_IMAGE,
    segment_rgb,
    series_number,
)
from segrelay_worker.dicom_results.contributing_equipment import contributing_equipment
from segrelay_worker.dicom_results.montage import Rgb, TextLine, draw_montage, shown_slices
from segrelay_worker.dicom_results.orientation_letters import orientation_letters
from segrelay_worker.dicom_results.patient_study import copy_patient_and_study
from segrelay_worker.dicom_results.references import reference_to
from segrelay_worker.dicom_results.stamp import stamp
from segrelay_worker.dicom_results.uids import UidKind
from segrelay_worker.dicom_results.work import FinishedWork
from segrelay_worker.series_volume.volume import SliceSource

SERIES_PLACE = 2
WARNING = TextLine("Computed result. Not for diagnosis.", (255, 200, 80))


def build_secondary_capture(
    work: FinishedWork, stored_mask_szyx: NDArray[np.bool_], segments: Sequence[SegmentFigures]
) -> Dataset:
    """One picture of the mask as it is stored; without contours where nothing was found."""
    identity = work.identity
    affine = work.volume.affine_zyx_to_lps
    picture: Dataset = SCImage(
        pixel_array=draw_montage(
            work.volume, stored_mask_szyx, _colours(work), _lines(work, segments)
        ),
        photometric_interpretation="RGB",
        bits_allocated=8,
        coordinate_system="PATIENT",
        patient_orientation=("L", "P"),  # highdicom knows no oblique ones; replaced below
        study_instance_uid=work.source.StudyInstanceUID,
        series_instance_uid=identity.uid(UidKind.SC_SERIES),
        series_number=series_number(work.source_series_number, SERIES_PLACE),
        sop_instance_uid=identity.uid(UidKind.SC_INSTANCE),
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=work.package.name,
        software_versions=__version__,
        series_description=f"{work.title} picture"[:64],
        contributing_equipment=contributing_equipment(),
        transfer_syntax_uid=ExplicitVRLittleEndian,
    )
    picture.PatientOrientation = [orientation_letters(affine[:3, axis]) for axis in (2, 1)]
    picture.Laterality = work.source.get("Laterality", "")  # may be unknown, not absent
    picture.BurnedInAnnotation = "NO"  # the text in it names no patient
    picture.DerivationDescription = "Outlines of a computed segmentation. Not for diagnosis."
    picture.SourceImageSequence = [
        _reference(work.volume.sources[index]) for index in shown_slices(stored_mask_szyx)
    ]
    copy_patient_and_study(work.source, picture)
    stamp(picture, work.now)
    return picture


def _colours(work: FinishedWork) -> list[Rgb]:
    return [segment_rgb(segment) for segment in work.package.segments]


def _lines(work: FinishedWork, segments: Sequence[SegmentFigures]) -> list[TextLine]:
    lines = [TextLine(work.title), WARNING]
    if not any(figures.voxel_count for figures in segments):
        return [*lines, TextLine("Nothing was found.")]
    return lines + [
        TextLine(f"{segment.label}: {figures.volume_ml:.2f} ml", segment_rgb(segment))
        for segment, figures in zip(work.package.segments, segments, strict=True)
    ]


def _reference(source: SliceSource) -> Dataset:
    reference = reference_to(source.sop_class_uid, source.sop_instance_uid, purpose=SOURCE_IMAGE)
    if source.frame_number is not None:
        reference.ReferencedFrameNumber = source.frame_number
    return reference
