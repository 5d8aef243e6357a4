"""What the tests of worlds share."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def tmp_path(tmp_path: Path, migrated: Path) -> Path:
    """With the database as a first start leaves it: what becomes of it is the question, not how it came to be."""
    shutil.copy(migrated, tmp_path / "crawler.db")
    return tmp_path
