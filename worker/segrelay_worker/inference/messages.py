"""What the supervisor and its inference process say to each other through their pipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from segrelay_contract.error_codes import ErrorCode, Parameters
from segrelay_contract.leases import ModelOffer, SupersededObject
from segrelay_contract.status import Stage
from segrelay_worker.errors import WorkerError
from segrelay_worker.inference.input_folder import InputFolder
from segrelay_worker.inference.outcome import SeriesOutcome


@dataclass(frozen=True)
class EngineOrder:
    """What an inference process is started for.

    `formats` names the mapping from model formats to segmenters as "module:NAME": the supervisor
    passes the name on without importing what it stands for, torch above all. `memory_bytes` is how
    much of the device the weights of loaded models may take, or None for any. `fallback_device`
    takes what finds no room on `device`. `cache_folder` keeps what was found fastest for a model.
    """

    model_path: Path
    device: str
    formats: str
    log_level: str
    memory_bytes: int | None = None
    fallback_device: str | None = None
    cache_folder: Path | None = None


@dataclass(frozen=True)
class Ready:
    """These models can be run, each has been loaded once; with how long a job of each may take.

    `is_worth_another_look` if one is left out for a reason that may pass.
    """

    offers: tuple[ModelOffer, ...]
    limit_seconds: Mapping[str, float]  # by name
    device_memory_bytes: int | None = None
    is_worth_another_look: bool = False

    def offer(self, model: str) -> ModelOffer | None:
        """The one of this name."""
        return next((offer for offer in self.offers if offer.name == model), None)

    def digest(self, model: str) -> str | None:
        """Of the package with this name, if it is offered."""
        offer = self.offer(model)
        return None if offer is None else offer.digest


@dataclass(frozen=True)
class Job:
    """The series of one request to segment; `model` is the name of an offered one."""

    model: str
    inputs: tuple[InputFolder, ...]
    results_folder: Path
    threshold: float | None
    run: int
    request_id: UUID
    supersedes: tuple[SupersededObject, ...] = ()


@dataclass(frozen=True)
class Look:
    """Files of models have changed: is there a package to use that is not known yet?"""


@dataclass(frozen=True)
class Seen:
    """The answer."""

    is_new: bool


@dataclass(frozen=True)
class Progress:
    """How far the job is; `fraction` from 0 to 1 within the stage."""

    stage: Stage
    fraction: float


@dataclass(frozen=True)
class Finished:
    """The job's result files are written."""

    outcome: SeriesOutcome


@dataclass(frozen=True)
class Failed:
    """A WorkerError on its way through the pipe."""

    kind: type[WorkerError]
    code: ErrorCode
    detail: str
    parameters: Parameters = field(default_factory=dict)

    @classmethod
    def of(cls, error: WorkerError) -> Failed:
        """Pack an error."""
        return cls(type(error), error.code, error.detail, error.parameters)

    def error(self) -> WorkerError:
        """Unpack it."""
        return self.kind(self.code, self.parameters, detail=self.detail)


Question = Job | Look
Answer = Ready | Seen | Progress | Finished | Failed
