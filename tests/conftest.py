from __future__ import annotations

from hypothesis import settings

# A deadline would be a timed assertion: a busy machine is no defect.
settings.register_profile("segrelay", deadline=None)
settings.load_profile("segrelay")
