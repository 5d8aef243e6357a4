"""The migrated database, copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from crawler.store.sql import SqlStore
from tests.store.examples import NOON


@pytest.fixture
def path(migrated: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(migrated, tmp_path / "crawler.db"))


@pytest.fixture
def make_store(path: Path) -> Callable[[], SqlStore]:
    return lambda: SqlStore(path, slice_items=5, now=lambda: NOON)


@pytest.fixture
async def store(make_store: Callable[[], SqlStore]) -> AsyncIterator[SqlStore]:
    async with make_store() as opened:
        yield opened
