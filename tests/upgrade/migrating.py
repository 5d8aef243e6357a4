"""Migrating a database, and comparing what was in it before with what is in it now."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from crawler.store.sql import SqlStore

_LIVING = {"alembic_version", "hosts", "runs"}  #: tables in which a start changes what is there
#: For a process of its own, which is recorded; its argument is the database.
MIGRATE = """
import asyncio, sys
from pathlib import Path
from crawler.store.sql import SqlStore

async def migrate():
    async with SqlStore(Path(sys.argv[1])):
        pass

asyncio.run(migrate())
"""


def rows(database: Path, columns: dict[str, list[str]]) -> dict[str, list[tuple[Any, ...]]]:
    """Everything in these columns, sorted."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as opened:
        return {
            table: sorted(opened.execute(f'SELECT {", ".join(names)} FROM "{table}"').fetchall(), key=repr)
            for table, names in columns.items()
        }


def columns(database: Path) -> dict[str, list[str]]:
    """Table → its columns."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as opened:
        tables = [name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            table: [row[1] for row in opened.execute(f'PRAGMA table_info("{table}")')]
            for table in tables
            if table not in _LIVING
        }


def version(database: Path) -> str:
    """The schema's number in the file."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as opened:
        return str(opened.execute("SELECT version_num FROM alembic_version").fetchone()[0])


async def migrate(database: Path) -> None:
    """Open as the writer does, and close."""
    async with SqlStore(database):
        pass


def written(database: Path) -> str:
    """The schema in a database that nobody has opened since the power cut; the look recovers it."""
    with closing(sqlite3.connect(database)) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return str(opened.execute("SELECT version_num FROM alembic_version").fetchone()[0])
