"""A database of today as an older release would have left it: what opens an archive with a migration."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine


def make_older(database: Path, version: str) -> None:
    """Write the rows of a database anew below an older schema, as far as that has columns for them."""
    older = database.with_name("older.db")
    _empty(older, version)
    with closing(sqlite3.connect(older)) as opened:
        opened.execute("PRAGMA journal_mode = WAL")
        opened.execute("ATTACH ? AS today", (str(database),))
        with opened:
            for table in _tables(opened, "main"):
                both = [
                    name
                    for name in _columns(opened, "main", table)
                    if name in _columns(opened, "today", table)
                ]
                names = ", ".join(f'"{name}"' for name in both)
                if both and table != "alembic_version":
                    opened.execute(
                        f'INSERT INTO main."{table}" ({names}) SELECT {names} FROM today."{table}"'
                    )
        opened.execute("DETACH today")
    for ending in ("-wal", "-shm"):
        database.with_name(database.name + ending).unlink(missing_ok=True)
    older.replace(database)


def _empty(path: Path, version: str) -> None:
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", "crawler.store:migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, version)
    engine.dispose()


def _tables(opened: sqlite3.Connection, schema: str) -> list[str]:
    rows = opened.execute(
        f"SELECT name FROM {schema}.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    return [name for (name,) in rows]


def _columns(opened: sqlite3.Connection, schema: str, table: str) -> list[str]:
    return [row[1] for row in opened.execute(f'PRAGMA {schema}.table_info("{table}")')]
