# SPDX-License-Identifier: AGPL-3.0-or-later
"""What can go wrong in the plugin.

SegrelayPluginError
├── PermanentError               the same input fails again
│   ├── ConfigurationError       orthanc.json or the rules file has to change
│   │   └── WrongRuleError       one value in the rules file has to change
│   ├── UnknownSeriesError       Orthanc holds no such series (any more)
│   ├── UnknownStudyError        Orthanc holds no such study (any more)
│   ├── EventRefusedError        Django judged this event and will never take it
│   ├── UnreadableFileError      no DICOM file, or of a kind that is not read here
│   ├── TicketRefusedError       the worker has no ticket for what it asks
│   └── ResultRefusedError       what a worker handed in is no result of its request
└── TransientError               trying again may help
    ├── ArchiveError             a call of Orthanc's own REST API failed
    ├── DjangoUnreachableError   Django gave no answer
    ├── ForeignAnswerError       something else answered in Django's place
    └── EventNotTakenError       Django answered, but could not take the event now
"""

KeyPath = tuple[str | int, ...]  # from the top of a TOML file to a value


class SegrelayPluginError(Exception):
    """The base of everything that this package raises."""


class PermanentError(SegrelayPluginError):
    """The same input fails again."""


class ConfigurationError(PermanentError):
    """The configuration has to change; the message says what and where."""


class WrongRuleError(ConfigurationError):
    """One value in the rules file has to change; its path leads from the top of the file to it."""

    def __init__(self, path: KeyPath, sentence: str) -> None:
        super().__init__(sentence)
        self.path = path


class UnknownSeriesError(PermanentError):
    """Orthanc holds no such series (any more)."""


class UnknownStudyError(PermanentError):
    """Orthanc holds no such study (any more)."""


class UnreadableFileError(PermanentError):
    """No DICOM file, or of a kind that is not read here; the message says what it is."""


class EventRefusedError(PermanentError):
    """Django judged this event and will never take it."""


class TicketRefusedError(PermanentError):
    """The worker has no ticket for what it asks; the message is the reason, for the log."""


class ResultRefusedError(PermanentError):
    """What a worker handed in is no result of its request; the message is a sentence's code."""


class TransientError(SegrelayPluginError):
    """Trying again may help."""


class ArchiveError(TransientError):
    """A call of Orthanc's own REST API failed."""


class DjangoUnreachableError(TransientError):
    """Django gave no answer; the message says why."""


class ForeignAnswerError(TransientError):
    """Something else answered in Django's place, such as a proxy; the message says what."""


class EventNotTakenError(TransientError):
    """Django answered, but could not take the event now."""
