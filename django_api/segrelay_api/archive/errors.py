"""Why a series cannot be had.

ArchiveError
├── OrthancUnreachableError   transient: no answer, or a server error
├── UnknownSeriesError        permanent: Orthanc holds no such series
├── UnknownStudyError         permanent: Orthanc holds no such study
├── NoModelFitsError          permanent: no known model takes what the study has
├── WrongInputsError          permanent: the caller names series for roles that the model has not
└── UnsuitableSeriesError     permanent: it is there but cannot be segmented, with the reasons
"""

from __future__ import annotations

from segrelay_contract.series_rules.reason import Reason


class ArchiveError(Exception):
    """Base of all."""


class OrthancUnreachableError(ArchiveError):
    """No answer, or a server error."""


class UnknownSeriesError(ArchiveError):
    """Orthanc holds no such series."""


class UnknownStudyError(ArchiveError):
    """Orthanc holds no such study."""


class NoModelFitsError(ArchiveError):
    """No known model takes what the study has."""


class WrongInputsError(ArchiveError):
    """The caller names series for roles that the model has not; the message says which."""


class UnsuitableSeriesError(ArchiveError):
    """It is there but cannot be segmented."""

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        self.reasons = reasons
        super().__init__(*(reason.code for reason in reasons))
