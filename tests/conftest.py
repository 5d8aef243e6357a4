"""What every test shares."""

from __future__ import annotations

import pytest
from hypothesis import settings

# A busy machine is no failing property: tests that promise a speed measure processor time themselves.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Groups and slow ones first: no process works on one of them alone at the end, while the others are idle."""
    items.sort(
        key=lambda item: not (item.get_closest_marker("xdist_group") or item.get_closest_marker("slow"))
    )
