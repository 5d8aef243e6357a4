"""What every test shares."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# A busy machine is no failing property: tests that promise a speed measure processor time themselves.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Twice the cores: many tests watch real processes and servers, and wait for them."""
    return 2 * (os.cpu_count() or 1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Groups and slow ones first: no process works on one of them alone at the end, while the others are idle."""
    items.sort(
        key=lambda item: not (item.get_closest_marker("xdist_group") or item.get_closest_marker("slow"))
    )
