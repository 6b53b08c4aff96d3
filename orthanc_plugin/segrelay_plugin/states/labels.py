# SPDX-License-Identifier: AGPL-3.0-or-later
from collections.abc import Iterable

from segrelay_plugin.archive import Archive
from segrelay_plugin.states.request_state import RequestState

CANDIDATE = "segrelay-candidate"  # on a series that a rule lets through
SUPERSEDED = "segrelay-superseded"  # on a result whose place a newer one took

OUTDATED = "segrelay-outdated"  # beside the label of its state: images came after the request
OF_STATE = {  # how far a request is: the label of its series
    "pending": "segrelay-pending",
    "processing": "segrelay-processing",
    "completed": "segrelay-done",
    "segmented": "segrelay-done",
    "nothing_found": "segrelay-nothing-found",
    "failed": "segrelay-failed",
}
# What follows the states, and goes when it no longer holds. Nobody else's labels are touched.
OF_STATES = frozenset({*OF_STATE.values(), OUTDATED})


def labels_of(states: Iterable[RequestState]) -> frozenset[str]:
    """The labels of a series: of each of its requests, those whose results are still there."""
    return frozenset(label for state in states for label in _of_one(state))


def put_labels(archive: Archive, series_id: str, wanted: frozenset[str]) -> None:
    """Makes the labels that follow the states the wanted ones; Orthanc before 1.12 has none."""
    if not archive.has_labels:
        return
    present = archive.labels(series_id)
    for label in sorted(wanted - present):
        archive.add_label(series_id, label)
    for label in sorted((present & OF_STATES) - wanted):
        archive.remove_label(series_id, label)


def _of_one(state: RequestState) -> tuple[str, ...]:
    label = OF_STATE.get(state.reached)
    if label is None or state.results_deleted:
        return ()
    return (label, OUTDATED) if state.outdated else (label,)
