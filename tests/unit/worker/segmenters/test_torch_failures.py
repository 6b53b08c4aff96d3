from __future__ import annotations

from segrelay_worker.errors import PermanentError
from segrelay_worker.segmenters.torch_failures import failure_of, is_shortage


def test_what_a_model_raised_from_itself_is_looked_through_once() -> None:
    error = RuntimeError("no such layer")
    error.__cause__ = error
    assert not is_shortage(error)
    assert isinstance(failure_of(error), PermanentError)
