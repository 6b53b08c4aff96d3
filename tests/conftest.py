from __future__ import annotations

import gc

import pytest
from hypothesis import settings

gc.disable()  # while modules are imported there is none: looking for it took seconds

# Started first and in this order, so that no core waits for them at the end.
LONG_FILES = (
    "test_worker_process.py",
    "test_series_page.py",
    "test_explorer_button.py",
    "test_plugin_in_orthanc.py",
    "test_engine.py",
    "test_mutated_series.py",
)

# A deadline would be a timed assertion: a busy machine is no defect.
settings.register_profile("segrelay", deadline=None, max_examples=50)
settings.register_profile("soak", deadline=None, max_examples=500, stateful_step_count=100)
settings.load_profile("segrelay")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """After the shuffle: the long files come first, the others stay as they are."""
    places = {name: place for place, name in enumerate(LONG_FILES)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


def pytest_collection_finish() -> None:
    """What all modules brought along stays: collecting garbage need not look at it each time."""
    gc.freeze()
    gc.enable()
