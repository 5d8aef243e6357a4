"""A small archive with a log: real database, real files, a key that was made for the tests."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from crawler import signing
from crawler.signing import Signer
from crawler.store.sql import SqlStore
from tests.logbook.press import Press


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("log") / "crawler.db"

    async def make() -> None:
        async with SqlStore(path):
            pass

    asyncio.run(make())
    return path


@pytest.fixture(scope="session")
def signer() -> Signer:
    secret, _ = signing.generate("orbitwire.example/log")
    return Signer(secret)


@pytest.fixture
async def press(migrated: Path, tmp_path: Path, signer: Signer) -> AsyncIterator[Press]:
    (tmp_path / "archive").mkdir()
    shutil.copy(migrated, tmp_path / "archive" / "crawler.db")
    async with Press(tmp_path / "archive", signer) as press:
        yield await press.open()


@pytest.fixture(scope="session")
def archived(migrated: Path, tmp_path_factory: pytest.TempPathFactory, signer: Signer) -> Path:
    """Heads of 4 and 10 leaves, and two leaves since; article 2 was revised (leaf 10)."""
    root = tmp_path_factory.mktemp("printed") / "archive"
    root.mkdir()
    shutil.copy(migrated, root / "crawler.db")

    async def make() -> None:
        async with Press(root, signer) as press:
            await press.open()
            await press.write(4)
            await press.head()
            await press.write(5)
            await press.revise(2)
            await press.head()
            await press.write(2)

    asyncio.run(make())
    return root


@pytest.fixture
async def printed(archived: Path, tmp_path: Path, signer: Signer) -> AsyncIterator[Press]:
    """The same in a folder of its own, to be done with as one likes; nobody has it open."""
    shutil.copytree(archived, tmp_path / "printed")
    async with Press(tmp_path / "printed", signer) as press:
        yield press
