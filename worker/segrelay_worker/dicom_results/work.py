from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydicom import Dataset

from segrelay_worker.dicom_results.uids import WorkIdentity
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

    @property
    def identity(self) -> WorkIdentity:
        """What the UIDs derive from."""
        role = self.package.manifest.input.roles[0]
        uids = tuple(str(dataset.SOPInstanceUID) for dataset in self.volume.datasets)
        return WorkIdentity({role: uids}, self.package.digest, self.threshold, self.run)

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
