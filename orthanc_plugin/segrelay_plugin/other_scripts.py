# SPDX-License-Identifier: AGPL-3.0-or-later
import logging
from collections.abc import Callable, Mapping
from typing import Any

logger = logging.getLogger(__name__)

OnChange = Callable[[int, int, str], object]  # kind of change, level, id of the resource
HttpFilter = Callable[..., bool]  # path, and by name what Orthanc says of the call


class OtherScripts:
    """A hospital's own functions for what Orthanc takes only one of; they run after ours."""

    def __init__(self) -> None:
        self._listeners: list[OnChange] = []
        self._filters: list[HttpFilter] = []

    def add_listener(self, listener: OnChange) -> None:
        """From now on it hears of each change."""
        self._listeners.append(listener)

    def add_filter(self, http_filter: HttpFilter) -> None:
        """From now on it is asked of each HTTP call that ours lets through."""
        self._filters.append(http_filter)

    def tell(self, change: int, level: int, resource_id: str) -> None:
        """Tells all listeners; one that raises keeps nothing from the others."""
        for listener in self._listeners:
            try:
                listener(change, level, resource_id)
            except Exception as error:  # noqa: BLE001 - not our code, and ours must go on
                _log_failure(listener, error)

    def allow(self, path: str, call: Mapping[str, Any]) -> bool:
        """Whether all filters let a call through; one that raises does not, as in Orthanc."""
        return not self._filters or all(_allows(one, path, call) for one in self._filters)


def _allows(http_filter: HttpFilter, path: str, call: Mapping[str, Any]) -> bool:
    try:
        return bool(http_filter(path, **call))
    except Exception as error:  # noqa: BLE001 - not our code, and the call must be answered
        _log_failure(http_filter, error)
        return False


def _log_failure(function: Callable[..., object], error: Exception) -> None:
    """The place, and no message: what stands in it is not ours to judge."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    line = trace.tb_lineno if trace else 0
    file = trace.tb_frame.f_code.co_filename if trace else ""
    name = getattr(function, "__name__", type(function).__name__)
    logger.error(
        "other_script_failed function=%s error=%s at=%s:%d", name, type(error).__name__, file, line
    )
