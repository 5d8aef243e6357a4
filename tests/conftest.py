"""What every test shares."""

from __future__ import annotations

from hypothesis import settings

# A busy machine is no failing property: tests that promise a speed measure processor time themselves.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
