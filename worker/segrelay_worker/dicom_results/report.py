"""The figures of a result as a Measurement Report (DICOM PS3.16 TID 1500), for programs to read."""

from __future__ import annotations

from typing import Any

from highdicom.sr import (
    AlgorithmIdentification,
    DeviceObserverIdentifyingAttributes,
    EnhancedSR,
    Measurement,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    ObserverContext,
    QualitativeEvaluation,
    ReferencedSegment,
    SourceImageForMeasurementGroup,
    SourceSeriesForSegmentation,
    TrackingIdentifier,
    VolumetricROIMeasurementsAndQualitativeEvaluations,
)
from pydicom import Dataset
from pydicom.sr.codedict import codes

from segrelay_contract.results import ReportedResult, SegmentFigures
from segrelay_worker import __version__
from segrelay_worker.dicom_results import codes as terms
from segrelay_worker.dicom_results.codes import MANUFACTURER, code_of, series_number
from segrelay_worker.dicom_results.contributing_equipment import contributing_equipment
from segrelay_worker.dicom_results.machine_result import embed_result
from segrelay_worker.dicom_results.patient_study import copy_patient_and_study
from segrelay_worker.dicom_results.stamp import stamp
from segrelay_worker.dicom_results.superseded import superseded_reports
from segrelay_worker.dicom_results.uids import UidKind, device_uid
from segrelay_worker.dicom_results.work import FinishedWork
from segrelay_worker.segmenters.manifest import Segment

SERIES_PLACE = 3

_Group = VolumetricROIMeasurementsAndQualitativeEvaluations | MeasurementsAndQualitativeEvaluations


def build_report(work: FinishedWork, seg: Dataset | None, result: ReportedResult) -> Dataset:
    """One measurement group for each segment, about the SEG; without one, says what is absent.

    All of the result is in it once more for machines.
    """
    identity = work.identity
    content = MeasurementReport(
        observation_context=_observer(work),
        procedure_reported=terms.IMAGING_PROCEDURE,
        imaging_measurements=[
            _group(work, seg, segment, measured)
            for segment, measured in zip(work.package.segments, result.segments, strict=True)
        ],
        title=codes.DCM.ImagingMeasurementReport,
    )
    report: Dataset = EnhancedSR(
        evidence=[*work.source_images, *work.other_images, *([seg] if seg else [])],
        content=content[0],
        series_instance_uid=identity.uid(UidKind.SR_SERIES),
        series_number=series_number(work.source_series_number, SERIES_PLACE),
        sop_instance_uid=identity.uid(UidKind.SR_INSTANCE),
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=work.package.name,
        software_versions=__version__,
        device_serial_number=work.serial_number,
        is_complete=True,
        previous_versions=superseded_reports(work),
        series_description=f"{work.title} report"[:64],
        contributing_equipment=contributing_equipment(),
    )
    copy_patient_and_study(work.source, report)
    stamp(report, work.now)
    embed_result(report, result)
    return report


def _observer(work: FinishedWork) -> ObservationContext:
    device = DeviceObserverIdentifyingAttributes(
        uid=device_uid(work.package.digest),
        name=work.title,
        manufacturer_name=MANUFACTURER,
        model_name=work.package.name,
        serial_number=work.serial_number,
    )
    return ObservationContext(
        observer_device_context=ObserverContext(
            observer_type=codes.DCM.Device, observer_identifying_attributes=device
        )
    )


def _group(
    work: FinishedWork, seg: Dataset | None, segment: Segment, figures: SegmentFigures
) -> _Group:
    is_there = terms.PRESENT if figures.voxel_count else terms.ABSENT
    said: dict[str, Any] = {
        "tracking_identifier": TrackingIdentifier(
            uid=work.tracking_uid(segment), identifier=work.tracking_id(segment)
        ),
        "finding_category": code_of(segment.category),
        "finding_type": code_of(segment.type),
        "algorithm_id": AlgorithmIdentification(
            name=work.package.name,
            version=work.package.version,
            parameters=[f"{name}={value}" for name, value in work.parameters.items()],
        ),
        "measurements": _measurements(figures),
        "qualitative_evaluations": [QualitativeEvaluation(terms.PRESENCE, is_there)],
    }
    if seg is None:
        return MeasurementsAndQualitativeEvaluations(source_images=_source_images(work), **said)
    referenced = ReferencedSegment(
        sop_class_uid=seg.SOPClassUID,
        sop_instance_uid=seg.SOPInstanceUID,
        segment_number=segment.number,
        source_series=SourceSeriesForSegmentation(work.source.SeriesInstanceUID),
    )
    return VolumetricROIMeasurementsAndQualitativeEvaluations(referenced_segment=referenced, **said)


def _measurements(figures: SegmentFigures) -> list[Measurement]:
    return [
        Measurement(
            name=terms.VOLUME,
            value=figures.volume_ml,
            unit=terms.MILLILITRE,
            method=terms.SUM_OF_VOXELS,
        ),
        Measurement(name=terms.VOXEL_COUNT, value=figures.voxel_count, unit=terms.VOXELS),
        Measurement(
            name=terms.LONG_AXIS,
            value=figures.longest_diameter_mm or 0.0,
            unit=terms.MILLIMETRE,
            derivation=terms.MAXIMUM,
        ),
    ]


def _source_images(work: FinishedWork) -> list[SourceImageForMeasurementGroup]:
    return [
        SourceImageForMeasurementGroup(image.SOPClassUID, image.SOPInstanceUID)
        for image in work.source_images
    ]
