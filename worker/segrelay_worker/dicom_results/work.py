from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from pydicom import Dataset

from segrelay_contract.leases import SupersededObject
from segrelay_worker.dicom_results.patient_study import anonymous_source, patient_id_of
from segrelay_worker.dicom_results.uids import SourceSeries, UidKind, WorkIdentity
from segrelay_worker.segmenters.manifest import Segment
from segrelay_worker.segmenters.package import ModelPackage
from segrelay_worker.series_volume.volume import SeriesVolume


@dataclass(frozen=True)
class FinishedWork:
    """What every result object of one request is made from."""

    volume: SeriesVolume
    package: ModelPackage
    threshold: float
    run: int
    now: datetime
    others: Mapping[str, SeriesVolume] = field(default_factory=dict)  # further inputs, by role
    supersedes: tuple[SupersededObject, ...] = ()
    way: str | None = None  # how the network was computed

    @cached_property
    def identity(self) -> WorkIdentity:
        """What the UIDs derive from."""
        volumes = {self.package.manifest.input.roles[0]: self.volume, **self.others}
        sources = {role: _source_series(volume) for role, volume in volumes.items()}
        return WorkIdentity(sources, self.package.digest, self.threshold, self.run)

    @cached_property
    def stand_ins(self) -> tuple[Dataset, ...]:
        """The source of each slice without its patient, for what highdicom builds from it."""
        return _stand_ins(self.volume)

    @cached_property
    def source_images(self) -> tuple[Dataset, ...]:
        """The stored images without their patient, each once, however many slices it holds."""
        return _stored_images(self.stand_ins, self.volume)

    @cached_property
    def other_images(self) -> tuple[Dataset, ...]:
        """Likewise those of the further inputs."""
        return tuple(
            image
            for volume in self.others.values()
            for image in _stored_images(_stand_ins(volume), volume)
        )

    @property
    def parameters(self) -> Mapping[str, str]:
        """What else decided the result, in the words of every object."""
        return {
            "weights_sha256": self.package.weights_sha256,
            "package_digest": self.package.digest,
            "threshold": repr(self.threshold),
            **({"way": self.way} if self.way else {}),
        }

    @property
    def serial_number(self) -> str:
        """Device Serial Number of the results: one per model package."""
        return self.package.digest[:16]

    def tracking_uid(self, segment: Segment) -> str:
        """The same in all objects that speak of this segment."""
        return self.identity.uid(UidKind.SEGMENT_TRACKING, segment.number)

    def tracking_id(self, segment: Segment) -> str:
        """What goes with the tracking UID, for people."""
        return f"{self.package.name} {segment.label}"[:64]

    @property
    def source(self) -> Dataset:
        """The image that stands for the series where one is enough."""
        return self.volume.datasets[0]

    @property
    def title(self) -> str:
        """Series Description of the results."""
        return f"{self.package.name} {self.package.version}"

    @property
    def source_series_number(self) -> int | None:
        """None where the source has none that is a number."""
        try:
            return int(self.source.SeriesNumber)
        except (AttributeError, TypeError, ValueError):
            return None


def _source_series(volume: SeriesVolume) -> SourceSeries:
    first = volume.datasets[0]
    return SourceSeries(
        patient_id=patient_id_of(first),
        study_instance_uid=str(first.StudyInstanceUID),
        series_instance_uid=str(first.SeriesInstanceUID),
        # Several slices may come from one image.
        sop_instance_uids=tuple({source.sop_instance_uid: None for source in volume.sources}),
    )


def _stand_ins(volume: SeriesVolume) -> tuple[Dataset, ...]:
    return tuple(
        anonymous_source(
            dataset, first=volume.datasets[0], slice_thickness_mm=volume.spacing_zyx_mm[0]
        )
        for dataset in volume.datasets
    )


def _stored_images(stand_ins: Sequence[Dataset], volume: SeriesVolume) -> tuple[Dataset, ...]:
    images: dict[str, Dataset] = {}
    for stand_in, source in zip(stand_ins, volume.sources, strict=True):
        images.setdefault(source.sop_instance_uid, stand_in)
    return tuple(images.values())
