from __future__ import annotations

import requests
from pydantic import ValidationError

from segrelay_contract.requests import ErrorAnswer


def error_answer(response: requests.Response) -> ErrorAnswer | None:
    """The error in Segrelay's form, or None if a proxy or another server wrote it."""
    try:
        return ErrorAnswer.model_validate_json(response.content)
    except ValidationError:
        return None
