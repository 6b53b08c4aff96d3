from __future__ import annotations

from dataclasses import dataclass, field

from segrelay_contract.error_codes import ErrorCode, Parameters


@dataclass(frozen=True)
class Reason:
    """Why a series is not suitable: a code and what fills its sentence."""

    code: ErrorCode
    parameters: Parameters = field(default_factory=dict)
