# SPDX-License-Identifier: AGPL-3.0-or-later
from dataclasses import dataclass
from enum import StrEnum

from segrelay_plugin.rules.combinations import All
from segrelay_plugin.rules.conditions import Condition


class RequestFor(StrEnum):
    """What a request at once waits for."""

    SERIES = "series"  # this series to be complete
    STUDY = "study"  # a series of the study for each role of the model


class Priority(StrEnum):
    """How long a request may wait behind later ones."""

    URGENT = "urgent"  # due at once
    ROUTINE = "routine"  # due in 10 minutes
    BACKGROUND = "background"  # due in 2 hours


ANY_SERIES = All(())


@dataclass(frozen=True, slots=True)
class Rule:
    """What a series that meets every condition becomes."""

    name: str
    role: str | None = None
    candidate_models: tuple[str, ...] = ()  # empty: whatever the online workers offer
    request_now: bool = False
    request_for: RequestFor = RequestFor.SERIES
    priority: Priority = Priority.ROUTINE
    again_when_grown: bool = False  # request once more what ran on the incomplete series
    when: Condition = ANY_SERIES
