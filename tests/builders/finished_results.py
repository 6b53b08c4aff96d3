"""A finished result as the inference process leaves it: two files and what is known of them."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from fakes.claims import claim

from segrelay_contract.leases import ModelOffer, OfferedSegment
from segrelay_contract.results import ModelIdentity
from segrelay_contract.status import Outcome
from segrelay_worker.dicom_results.result_file import ResultFile, ResultKind
from segrelay_worker.inference.outcome import SeriesOutcome
from segrelay_worker.supervisor.kept_results import KeptResult

MODEL = ModelIdentity(name="stub", version="1", digest="0" * 64, weights_sha256="1" * 64)
OFFER = ModelOffer(
    name=MODEL.name,
    version=MODEL.version,
    digest=MODEL.digest,
    weights_sha256=MODEL.weights_sha256,
    roles=("t1",),
    segments=(OfferedSegment(number=1, label="Lesion"),),
)
KINDS: tuple[ResultKind, ...] = ("SEG", "SC")


def write_outcome(folder: Path) -> SeriesOutcome:
    """Each file holds the name of its kind."""
    return SeriesOutcome(
        outcome=Outcome.SEGMENTED,
        segments=(),
        model=MODEL,
        threshold=0.5,
        files=tuple(_file(folder, kind) for kind in KINDS),
        mask_sha256="2" * 64,
        seconds_inferring=2.0,
        seconds_encoding=3.0,
    )


def _file(folder: Path, kind: ResultKind) -> ResultFile:
    path = folder / kind
    path.write_bytes(kind.encode())
    return ResultFile(kind, path, "1.2", "1.3")


def finished_result(folder: Path, *, number: int = 1) -> KeptResult:
    """Of the `number`-th request, its files in a new folder below `folder`."""
    made_in = folder / f"results-{number}"
    made_in.mkdir()
    plain = claim()
    return KeptResult(
        claim_id=plain.claim_id,
        request=plain.request.model_copy(update={"request_id": UUID(int=number)}),
        threshold=None,
        outcome=write_outcome(made_in),
        seconds_downloading=1.0,
    )
