"""Which models a series or a study can be pressed for, and why not the others; nothing is made.

Judged by what the plugin told, which costs Orthanc nothing; a series that it never told of is read
there, as at a press.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from segrelay_api.archive import mirror
from segrelay_api.archive.orthanc_client import OrthancClient
from segrelay_api.archive.preflight import FoundSeries, best_verdict, find_series
from segrelay_api.database_calls import in_database
from segrelay_api.queue import directory
from segrelay_api.queue.directory import KnownModel, WantedModel
from segrelay_api.sentences import sentence
from segrelay_contract.directory import FittingModel, FittingModelList
from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.series_rules.reason import Reason
from segrelay_contract.series_rules.verdict import judge_announced

SeriesByRole = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class _Pressed:
    """A series as far as a press would look at it."""

    series_id: str
    study_id: str
    role: str
    candidates: tuple[str, ...]  # empty: any model
    reasons: tuple[Reason, ...]  # why no model takes it
    reasons_of: Callable[[WantedModel], tuple[Reason, ...]]  # why this one does not


async def models_for_series(orthanc: OrthancClient, *, series: str) -> FittingModelList:
    """Raises UnknownSeriesError or OrthancUnreachableError."""
    series_id = await orthanc.series_id_of(series)
    told = await in_database(_as_told, series_id)
    pressed = told or _as_found(await find_series(orthanc, series_id))
    return await in_database(_for_series, pressed)


async def models_for_study(orthanc: OrthancClient, *, study: str) -> FittingModelList:
    """Raises UnknownStudyError or OrthancUnreachableError."""
    study_id = await orthanc.study_id_of(study)
    return await in_database(_for_study, study_id)


def _as_told(series_id: str) -> _Pressed | None:
    tagged = mirror.tagged_series(series_ids=(series_id,)).get(series_id)
    if tagged is None:
        return None
    reasons = mirror.reasons_of(tagged)
    candidates = tuple(tagged.candidate_models)
    return _Pressed(
        series_id, tagged.study_id, tagged.role, candidates, reasons, lambda _model: reasons
    )


def _as_found(found: FoundSeries) -> _Pressed:
    return _Pressed(
        series_id=found.identity.series_id,
        study_id=found.identity.study_id,
        role="",
        candidates=(),
        reasons=judge_announced(found.headers),
        reasons_of=lambda model: best_verdict(found, model.volume_rules).reasons,
    )


def _for_series(pressed: _Pressed) -> FittingModelList:
    by_role = mirror.suitable_series_by_role(study_id=pressed.study_id)
    models = [
        _judged(known, _obstacles(known, pressed, by_role))
        for known in directory.known_models(candidates=pressed.candidates)
    ]
    return _list(models, pressed.reasons)


def _for_study(study_id: str) -> FittingModelList:
    by_role = mirror.suitable_series_by_role(study_id=study_id)
    models = [
        _judged(known, _obstacles_in_study(known, by_role))
        for known in directory.known_models(candidates=())
    ]
    return _list(models, () if by_role else (Reason(ErrorCode.NO_MODEL_FITS),))


def _list(models: Iterable[FittingModel], reasons: Iterable[Reason]) -> FittingModelList:
    fitting_first = sorted(models, key=lambda model: not model.fits)
    if not fitting_first:
        reasons = (*reasons, Reason(ErrorCode.NO_MODEL_KNOWN))
    return FittingModelList(models=tuple(fitting_first), reasons=_sentences(reasons))


def _judged(known: KnownModel, obstacles: Iterable[Reason]) -> FittingModel:
    reasons = _sentences(obstacles)
    return FittingModel(
        name=known.wanted.name, version=known.version, fits=not reasons, reasons=reasons
    )


def _obstacles(known: KnownModel, pressed: _Pressed, by_role: SeriesByRole) -> Iterator[Reason]:
    yield from _of_the_offers(known)
    model = known.wanted
    if pressed.candidates and model.name not in pressed.candidates:
        yield Reason(ErrorCode.NOT_A_CANDIDATE, {"model": model.name})
    yield from pressed.reasons_of(model)
    if len(model.roles) <= 1:  # it takes the series that is pressed, whatever its role
        return
    if pressed.role not in model.roles:
        yield Reason(ErrorCode.ROLE_UNKNOWN, {"roles": ", ".join(model.roles)})
        return
    for role in model.roles:
        if role != pressed.role:
            yield from _of_a_role(role, by_role)


def _obstacles_in_study(known: KnownModel, by_role: SeriesByRole) -> Iterator[Reason]:
    """As a press on the study chooses: of several series for the first role it takes one."""
    yield from _of_the_offers(known)
    for place, role in enumerate(known.wanted.roles):
        if place or not by_role.get(role):
            yield from _of_a_role(role, by_role)


def _of_the_offers(known: KnownModel) -> Iterator[Reason]:
    name = {"model": known.wanted.name}
    if not known.is_offered:
        yield Reason(ErrorCode.MODEL_NOT_OFFERED, name)
    elif known.is_quarantined:
        yield Reason(ErrorCode.MODEL_QUARANTINED, name)


def _of_a_role(role: str, by_role: SeriesByRole) -> Iterator[Reason]:
    count = len(by_role.get(role, ()))
    if count == 0:
        yield Reason(ErrorCode.ROLE_MISSING, {"role": role})
    elif count > 1:
        yield Reason(ErrorCode.ROLE_AMBIGUOUS, {"role": role, "count": count})


def _sentences(reasons: Iterable[Reason]) -> tuple[str, ...]:
    return tuple(sentence(reason.code, reason.parameters) for reason in reasons)
