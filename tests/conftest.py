from __future__ import annotations

from hypothesis import settings

# A deadline would be a timed assertion: a busy machine is no defect.
settings.register_profile("segrelay", deadline=None)
settings.register_profile("soak", deadline=None, max_examples=2000, stateful_step_count=100)
settings.load_profile("segrelay")
