"""Whether there is a database with something in it, asked before anything is opened that could make one.

Used by ``connecting``, ``search``, ``sql``, ``snapshot``, ``retelling.replacing`` and ``app.present``.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

from crawler import __version__

#: A crawl has rows in the first of these before it fetches anything.
_BEGUN = ("feeds", "feed_items", "articles")
_BESIDE = ("warc", "log")  #: what a crawl makes beside its database
PATIENCE = 10.0  #: seconds that a look waits for whoever holds the database alone


def is_there(database: Path) -> bool:
    """Whether there is a file with anything in it; of what cannot be looked into whoever opens it tells."""
    try:
        return database.is_file() and database.stat().st_size > 0 and tables(database) != set()
    except (sqlite3.Error, OSError):
        return True


def is_begun(database: Path) -> bool:
    """Whether a crawl ever wrote to it, or it is another program's.

    An empty file, or the tables alone, as a command leaves them that found no database, count for none.
    """
    try:
        if not database.is_file() or not database.stat().st_size:
            return False
        found = tables(database)
        return bool(found) and ("alembic_version" not in found or _has_rows(database, found))
    except (sqlite3.Error, OSError):  # also one that another program holds: asked once, for each waits
        return True


def tables(database: Path) -> set[str]:
    """The names of its tables; raises ``sqlite3.Error``."""
    with closing(looked_into(database)) as opened:
        return {name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def looked_into(database: Path, *, immutable: bool = False) -> sqlite3.Connection:
    """A connection that neither writes nor makes a file; raises ``sqlite3.Error``.  ``immutable``: nobody else does."""
    asked = {"mode": "ro", "immutable": "1"} if immutable else reading(database)
    options = "&".join(f"{name}={value}" for name, value in asked.items())
    address = f"file:{quote(str(database.absolute()))}?{options}"
    return sqlite3.connect(address, uri=True, timeout=PATIENCE, isolation_level=None)


def reading(database: Path) -> dict[str, str]:
    """How SQLite is asked to read: where it may not write beside the file, there is nowhere to put WAL's index."""
    alone = (
        not os.access(database.parent, os.W_OK) and not database.with_name(f"{database.name}-wal").exists()
    )
    return {"mode": "ro", "immutable": "1"} if alone else {"mode": "ro"}


def _has_rows(database: Path, found: Collection[str]) -> bool:
    with closing(looked_into(database)) as opened:
        asked = (f"SELECT 1 FROM {table} LIMIT 1" for table in _BEGUN if table in found)  # noqa: S608
        return any(opened.execute(one).fetchone() for one in asked)


def foreign(database: Path, schema: str | None, known: str) -> str:
    """What to do where another version of the crawler has made the tables, in a sentence; None: nothing tells which."""
    if schema is None:
        return (
            f"{database}: it does not tell by which crawler it was written, so it is damaged; `crawler rebuild` makes "
            "it again, `crawler restore` brings a backup back"
        )
    if schema < known:
        return (
            f"{database}: written by an older crawler (schema {schema}, this one reads {known}); `crawler crawl` or "
            "`crawler run` migrates it"
        )
    wrote = _last_writer(database)
    least = "" if wrote in {None, __version__} else f" to {wrote} or later (this is {__version__})"
    schemas = f"schema {schema}, this one knows {known}"
    return f"{database}: written by a newer crawler ({schemas}); update the crawler{least}"


def _last_writer(database: Path) -> str | None:
    """The version that ran last; None where tables to come do not tell."""
    with suppress(sqlite3.Error), closing(looked_into(database)) as opened:
        for (version,) in opened.execute("SELECT version FROM runs ORDER BY id DESC LIMIT 1"):
            return str(version)
    return None


def absent(database: Path) -> str:
    """What to do where there is no database, in a sentence."""
    if database.exists() and not database.is_file():
        return (
            f"{database}: no file is in the database's place; move away what lies there, then run "
            "`crawler rebuild`, or restore a backup"
        )
    if lies_beside(database):
        return (
            f"{database}: the database is gone, though files of an archive lie beside it; `crawler rebuild` makes "
            "it again, `crawler restore` brings a backup back"
        )
    return (
        f"{database}: there is no archive here yet; run `crawler crawl --since 7d` first, "
        "or name another configuration with --config PATH"
    )


def lies_beside(database: Path) -> bool:
    """Whether folders of an archive lie beside it."""
    return any((database.parent / name).is_dir() for name in _BESIDE)
