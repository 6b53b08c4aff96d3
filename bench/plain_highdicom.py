"""The same SEG and report by highdicom alone: no picture, nothing read back, nothing checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from highdicom import AlgorithmIdentificationSequence
from highdicom.seg import Segmentation, SegmentDescription
from highdicom.sr import (
    DeviceObserverIdentifyingAttributes,
    EnhancedSR,
    Measurement,
    MeasurementReport,
    ObservationContext,
    ObserverContext,
    ReferencedSegment,
    SourceSeriesForSegmentation,
    TrackingIdentifier,
    VolumetricROIMeasurementsAndQualitativeEvaluations,
)
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.sr.codedict import codes
from pydicom.uid import generate_uid

from bench.head_series import LABELS

_EQUIPMENT: dict[str, Any] = {
    "manufacturer": "Plain",
    "manufacturer_model_name": "plain",
    "software_versions": "1",
    "device_serial_number": "1",
}


def write_plain_results(
    images: list[Dataset], mask_szyx: NDArray[np.bool_], voxel_ml: float, folder: Path
) -> None:
    """As highdicom's user guide does it; `images` are sorted as the mask is."""
    seg = Segmentation(
        source_images=images,
        pixel_array=np.moveaxis(mask_szyx, 0, -1),
        segmentation_type="BINARY",
        segment_descriptions=[_description(number) for number in range(1, len(LABELS) + 1)],
        series_instance_uid=generate_uid(),
        series_number=401,
        sop_instance_uid=generate_uid(),
        instance_number=1,
        **_EQUIPMENT,
    )
    seg.save_as(folder / "seg.dcm")
    counts = np.count_nonzero(mask_szyx, axis=(1, 2, 3))
    report = EnhancedSR(
        evidence=[*images, seg],
        content=_content(seg, images[0], [int(count) * voxel_ml for count in counts]),
        series_instance_uid=generate_uid(),
        series_number=403,
        sop_instance_uid=generate_uid(),
        instance_number=1,
        is_complete=True,
        **_EQUIPMENT,
    )
    report.save_as(folder / "sr.dcm")


def _description(number: int) -> SegmentDescription:
    return SegmentDescription(
        segment_number=number,
        segment_label=LABELS[number - 1],
        segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
        segmented_property_type=codes.SCT.Lesion,
        algorithm_type="AUTOMATIC",
        algorithm_identification=AlgorithmIdentificationSequence(
            name="plain", family=codes.DCM.ArtificialIntelligence, version="1"
        ),
    )


def _content(seg: Dataset, image: Dataset, volumes_ml: list[float]) -> Dataset:
    device = DeviceObserverIdentifyingAttributes(uid=generate_uid(), name="plain")
    report = MeasurementReport(
        observation_context=ObservationContext(
            observer_device_context=ObserverContext(codes.DCM.Device, device)
        ),
        procedure_reported=codes.SCT.ImagingProcedure,
        imaging_measurements=[
            _group(seg, image, number, ml) for number, ml in enumerate(volumes_ml, start=1)
        ],
    )
    content: Dataset = report[0]
    return content


def _group(
    seg: Dataset, image: Dataset, number: int, volume_ml: float
) -> VolumetricROIMeasurementsAndQualitativeEvaluations:
    return VolumetricROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(uid=generate_uid(), identifier=str(number)),
        referenced_segment=ReferencedSegment(
            sop_class_uid=seg.SOPClassUID,
            sop_instance_uid=seg.SOPInstanceUID,
            segment_number=number,
            source_series=SourceSeriesForSegmentation(image.SeriesInstanceUID),
        ),
        finding_type=codes.SCT.Lesion,
        measurements=[
            Measurement(name=codes.SCT.Volume, value=volume_ml, unit=codes.UCUM.CubicCentimeter)
        ],
    )
