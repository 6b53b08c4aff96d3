"""What besides the model had a part in a result: this worker and the libraries it stands on."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

from highdicom import ContributingEquipment
from pydicom.sr.codedict import codes

from segrelay_worker import __version__
from segrelay_worker.dicom_results.codes import MANUFACTURER

MODEL_NAME = "Segrelay worker"
_LIBRARIES = ("torch", "pydicom", "highdicom", "numpy")


def contributing_equipment() -> list[ContributingEquipment]:
    """One item, for the worker (DICOM PS3.3 C.12.1.1.5); highdicom adds itself."""
    item = ContributingEquipment(
        manufacturer=MANUFACTURER,
        manufacturer_model_name=MODEL_NAME,
        purpose_of_reference=codes.DCM.ProcessingEquipment,
        software_versions=_software_versions(),
        contribution_description="Made the volume, ran the model, wrote and read back the result",
    )
    return [item]


@cache
def _software_versions() -> tuple[str, ...]:
    libraries = [f"{name} {version(name)}" for name in _LIBRARIES]
    return (f"segrelay-worker {__version__}", *libraries)
