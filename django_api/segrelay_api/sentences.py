"""Sentences of errors and warnings in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext

from segrelay_contract.error_codes import ERROR_KINDS, ErrorCode, Parameters
from segrelay_contract.warning_codes import WARNING_SENTENCES, WarningCode


def sentence(code: str, parameters: Parameters) -> str:
    """Translates, then fills in; a code or parameters that nobody knows still give a sentence."""
    try:
        return gettext(ERROR_KINDS[ErrorCode(code)].sentence).format_map(dict(parameters))
    except (ValueError, KeyError):
        return gettext(ERROR_KINDS[ErrorCode.INTERNAL_ERROR].sentence)


def warning_sentence(code: str, parameters: Parameters) -> str:
    """As `sentence`; of a code that only a newer worker knows, the code itself."""
    try:
        return gettext(WARNING_SENTENCES[WarningCode(code)]).format_map(dict(parameters))
    except (ValueError, KeyError):
        return code
