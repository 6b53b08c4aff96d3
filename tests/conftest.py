from __future__ import annotations

import pytest
from hypothesis import settings

# Started first, so that no core waits for them at the end.
LONG_FILES = ("test_demo.py", "test_stateful.py", "test_chaos.py", "test_series_page.py")

# A deadline would be a timed assertion: a busy machine is no defect.
settings.register_profile("segrelay", deadline=None, max_examples=50)
settings.register_profile("soak", deadline=None, max_examples=2000, stateful_step_count=100)
settings.load_profile("segrelay")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """After the shuffle: the long files come first, the others stay as they are."""
    items.sort(key=lambda item: item.path.name not in LONG_FILES)
