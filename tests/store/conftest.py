"""A migrated database, copied for each test: migrating costs more than most tests."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from crawler.store.sql import SqlStore
from tests.store.examples import NOON


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "crawler.db"

    async def make() -> None:
        async with SqlStore(path):
            pass

    asyncio.run(make())
    return path


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
