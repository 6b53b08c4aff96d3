"""References to sources of which one image holds many slices: Enhanced MR and mosaics.

highdicom takes one image for each slice, so it is given that under passing identities, which are
replaced here by those of the stored images.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from pydicom import Dataset
from pydicom.dataelem import DataElement
from pydicom.uid import MRImageStorage

from segrelay_worker.dicom_results.references import reference_to
from segrelay_worker.series_volume.volume import SliceSource


def one_image_per_slice(
    stand_ins: Sequence[Dataset], sources: Sequence[SliceSource]
) -> list[Dataset]:
    """As they are where each is an image of its own, otherwise copies with passing identities."""
    if _is_one_each(sources):
        return list(stand_ins)
    return [_single(stand_in, index) for index, stand_in in enumerate(stand_ins)]


def _is_one_each(sources: Sequence[SliceSource]) -> bool:
    uids = {source.sop_instance_uid for source in sources}
    return len(uids) == len(sources) and all(
        source.frame_number is None and source.sop_class_uid == MRImageStorage for source in sources
    )


def _single(stand_in: Dataset, index: int) -> Dataset:
    single = Dataset()  # of its own: pydicom's copy would take the new identity back to the image
    single.update(stand_in)
    single["SOPClassUID"] = DataElement("SOPClassUID", "UI", MRImageStorage)
    single["SOPInstanceUID"] = DataElement("SOPInstanceUID", "UI", _passing_uid(index))
    return single


def _passing_uid(index: int) -> str:
    return f"2.25.{index + 1}"


def refer_to_stored_images(seg: Dataset, sources: Sequence[SliceSource]) -> None:
    """Replaces passing identities, with frame numbers where there are any."""
    if _is_one_each(sources):
        return
    by_uid = {_passing_uid(index): source for index, source in enumerate(sources)}
    for frame in seg.PerFrameFunctionalGroupsSequence:
        [reference] = frame.DerivationImageSequence[0].SourceImageSequence
        source = by_uid[str(reference.ReferencedSOPInstanceUID)]
        if source.is_interpolated:  # a viewer would draw it on the image that it names
            del frame.DerivationImageSequence
        else:
            _refer(reference, source)
    classes = {source.sop_instance_uid: source.sop_class_uid for source in sources}
    seg.SourceImageSequence = [reference_to(classes[uid], uid) for uid in classes]
    for series in seg.ReferencedSeriesSequence:
        series.ReferencedInstanceSequence = [reference_to(classes[uid], uid) for uid in classes]


def _refer(reference: Dataset, source: SliceSource) -> None:
    reference.ReferencedSOPClassUID = source.sop_class_uid
    reference.ReferencedSOPInstanceUID = source.sop_instance_uid
    if source.frame_number is not None:
        reference.ReferencedFrameNumber = source.frame_number


def refer_to_further_series(seg: Dataset, images: Sequence[Dataset]) -> None:
    """Names images that the model saw too, though no frame lies on them (DICOM PS3.3 C.12.2)."""
    by_series: defaultdict[str, list[Dataset]] = defaultdict(list)
    for image in images:
        by_series[image.SeriesInstanceUID].append(
            reference_to(image.SOPClassUID, image.SOPInstanceUID)
        )
    for uid, instances in by_series.items():
        series = Dataset()
        series.SeriesInstanceUID = uid
        series.ReferencedInstanceSequence = instances
        seg.ReferencedSeriesSequence.append(series)
