from dataclasses import dataclass
from pathlib import Path

from demo.colin27 import write_head_series
from demo.colin27_download import fetch_colin27
from demo.deepbet_package import ensure_package
from demo.plan import CACHE
from demo.settings import Settings
from demo.worker_program import WorkerChoice

# That of deepbet and of the package; named so that a worker/.env cannot make another result.
_DEEPBET_THRESHOLD = 0.5


@dataclass(frozen=True)
class Head:
    """The head MRI, as it was and as it is sent.

    Attributes:
        nifti: The original.
        files: The tilted series, one file per slice, in no order.
    """

    nifti: Path
    files: list[Path]


def prepared_head(folder: Path) -> Head:
    """Fetch the head unless it is there, and write its series. Raises ImageUnavailableError."""
    nifti = fetch_colin27(CACHE)
    return Head(nifti, write_head_series(nifti, folder / "series"))


def prepared_model(settings: Settings) -> WorkerChoice:
    """The model that the settings name, or the demo's own. Raises ModelUnavailableError."""
    if settings.own_model is not None:
        return WorkerChoice(settings.own_model, settings.device, threshold=None)
    weights = ensure_package(CACHE / "model")
    return WorkerChoice(str(weights), settings.device, _DEEPBET_THRESHOLD)
