"""Which series feed a model at a press: what the caller names, what was pressed, what is tagged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from segrelay_api.archive import mirror
from segrelay_api.archive.errors import (
    UnknownSeriesError,
    UnsuitableSeriesError,
    WrongInputsError,
)
from segrelay_api.archive.orthanc_client import OrthancClient
from segrelay_api.archive.preflight import FoundSeries, find_series
from segrelay_api.database_calls import in_database
from segrelay_api.queue.directory import WantedModel
from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.series_rules.reason import Reason

Named = Mapping[str, str] | Sequence[str]  # by role, or in the order of the roles
THE_ONLY_ROLE = ""  # of a model that nobody has offered yet


def named_by_role(named: Named, model: WantedModel) -> Mapping[str, str] | None:
    """What the caller names for this model; None where that does not fit its roles."""
    if not named:
        return {}
    if isinstance(named, Mapping):
        return named if set(named) <= set(model.roles) else None
    return dict(zip(model.roles, named, strict=True)) if len(named) == len(model.roles) else None


async def gather_inputs(
    orthanc: OrthancClient, *, pressed: FoundSeries, model: WantedModel, named: Mapping[str, str]
) -> dict[str, FoundSeries]:
    """One series for each role, in the model's order.

    Raises WrongInputsError, UnsuitableSeriesError for roles that nobody fills, and what finding a
    series raises.
    """
    found = {role: await find_series(orthanc, name) for role, name in named.items()}
    _require_different(found)
    if pressed.identity not in {series.identity for series in found.values()}:
        free = [role for role in model.roles or (THE_ONLY_ROLE,) if role not in found]
        found[await _role_of(pressed, free, model)] = pressed
    found |= await _tagged(orthanc, pressed, [role for role in model.roles if role not in found])
    return {role: found[role] for role in model.roles or (THE_ONLY_ROLE,)}


def _require_different(found: Mapping[str, FoundSeries]) -> None:
    if len({series.identity for series in found.values()}) < len(found):
        raise WrongInputsError("sequence_series_ids: one series is named for two roles")


async def _role_of(pressed: FoundSeries, free: Sequence[str], model: WantedModel) -> str:
    """What is left, or as the series is tagged: a guess would feed the model the wrong images."""
    if not free:
        raise WrongInputsError("sequence_series_ids: the series that was pressed is not among them")
    if len(free) == 1:
        return free[0]
    tagged = await in_database(mirror.role_of, series_id=pressed.identity.series_id)
    if tagged not in free:
        raise _refusal([Reason(ErrorCode.ROLE_UNKNOWN, {"roles": ", ".join(model.roles)})])
    return tagged


async def _tagged(
    orthanc: OrthancClient, pressed: FoundSeries, roles: Sequence[str]
) -> dict[str, FoundSeries]:
    """The only suitable series of the same study for each of these roles."""
    if not roles:
        return {}
    study_id = pressed.identity.study_id
    by_role = await in_database(mirror.suitable_series_by_role, study_id=study_id)
    found: dict[str, FoundSeries] = {}
    reasons = []
    for role in roles:
        candidates = [name for name in by_role.get(role, ()) if name != pressed.identity.series_id]
        outcome = await _only_one(orthanc, role, candidates)
        if isinstance(outcome, Reason):
            reasons.append(outcome)
        else:
            found[role] = outcome
    if reasons:
        raise _refusal(reasons)
    return found


async def _only_one(
    orthanc: OrthancClient, role: str, candidates: Sequence[str]
) -> FoundSeries | Reason:
    if len(candidates) > 1:
        return Reason(ErrorCode.ROLE_AMBIGUOUS, {"role": role, "count": len(candidates)})
    try:
        for series_id in candidates:
            return await find_series(orthanc, series_id)
    except UnknownSeriesError:  # deleted, and the plugin has not told yet
        pass
    return Reason(ErrorCode.ROLE_MISSING, {"role": role})


def _refusal(reasons: Sequence[Reason]) -> UnsuitableSeriesError:
    return UnsuitableSeriesError(tuple(reasons))
