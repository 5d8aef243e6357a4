"""A database made aside: begun as a copy of an older one or from nothing, in the end put into its place.

Whenever the process is killed, the old database stands, or the new one: ``rename`` is the only moment
between the two.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from itertools import zip_longest
from pathlib import Path
from urllib.parse import quote

from crawler.durable import sync_folder
from crawler.errors import StoreError
from crawler.store import presence
from crawler.store.connecting import explained, primary_code
from crawler.store.schema import VERSION, metadata

ASIDE = ".rebuilding"
_BESIDE = ("-wal", "-shm", "-journal")
#: What a rebuild writes that has learnt nothing: feeds rest, looks that were missed are not made up for.
_RESTS = {"feeds": {"lent_at", "lent_from", "next_poll_at"}, "feed_items": {"recheck_at"}}
_OF_TODAY = {"freshness"}


def aside(database: Path) -> Path:
    """Where the new database is made."""
    return database.with_name(f"{database.name}{ASIDE}")


def is_sound(database: Path) -> bool:
    """Whether there is a database, of ours and whole, to which what is missing can be added.

    False: there is none, nothing is in it, or it is damaged.  Raises ``StoreError`` for one that cannot be
    read, which may be whole, for another program's, and for a newer crawler's.
    """
    if not presence.is_there(database):
        return False
    try:
        found = presence.tables(database)
        if "alembic_version" not in found:
            raise StoreError(
                f"{database}: a database of another program; name another with [store] url, or give --anew, "
                "which keeps this one aside"
            )
        return presence.is_begun(database) and _is_whole(database, found)
    except sqlite3.Error as error:
        if primary_code(error) in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
            return False
        raise explained(database, error) from error


def _is_whole(database: Path, found: set[str]) -> bool:
    with closing(presence.looked_into(database)) as opened:
        row = opened.execute("SELECT version_num FROM alembic_version").fetchone()
        if row is not None and row[0] > VERSION:
            raise StoreError(presence.foreign(database, row[0], VERSION))
        if row is None or (row[0] == VERSION and not set(metadata.tables) <= found):
            return False
        return bool(opened.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")


def discard(database: Path) -> None:
    """Remove what an earlier try left aside; raises ``StoreError``."""
    made = aside(database)
    for path in (made, *_beside(made), made.with_name(f"{made.name}.lock")):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"{path}: cannot be removed: {error.strerror or error}") from error


def copy(database: Path) -> None:
    """Begin with all that an older database has; raises ``StoreError``."""
    try:
        with (
            closing(sqlite3.connect(database)) as source,
            closing(sqlite3.connect(aside(database))) as target,
        ):
            source.backup(target)
    except sqlite3.Error as error:
        raise explained(database, error) from error


def is_unchanged(database: Path) -> bool:
    """Whether the database made aside says what the one in its place does, row by row; raises ``StoreError``."""
    made = aside(database)
    try:
        with (
            closing(sqlite3.connect(f"file:{quote(str(database.absolute()))}?mode=ro", uri=True)) as old,
            closing(sqlite3.connect(made)) as new,
        ):
            tables = _tables(old)
            return tables == _tables(new) and all(_is_same(old, new, name) for name in tables.items())
    except sqlite3.Error as error:
        raise explained(made, error) from error


def _tables(opened: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    """The tables, and those of their columns that are compared."""
    names = opened.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return {
        name: tuple(
            column
            for _, column, *_ in opened.execute(f'PRAGMA table_info("{name}")')
            if column not in _RESTS.get(name, ())
        )
        for (name,) in names.fetchall()
        if name not in _OF_TODAY
    }


def _is_same(old: sqlite3.Connection, new: sqlite3.Connection, table: tuple[str, tuple[str, ...]]) -> bool:
    name, columns = table
    chosen = ", ".join(f'"{column}"' for column in columns)
    question = f'SELECT {chosen} FROM "{name}" NOT INDEXED'  # noqa: S608
    return all(one == other for one, other in zip_longest(old.execute(question), new.execute(question)))


def install(database: Path, kept: str) -> Path | None:
    """Put the new database into its place; where the old one is kept, if there was one.

    ``kept`` ends the old one's name.  The caller holds the lock of ``database``.
    """
    made = aside(database)
    try:
        _fold(made)
        lost = _keep(database, database.with_name(f"{database.name}.{kept}"))
        made.replace(database)
        sync_folder(database.parent)
    except OSError as error:
        raise StoreError(f"{database}: cannot be put into its place: {error.strerror or error}") from error
    made.with_name(f"{made.name}.lock").unlink(missing_ok=True)
    return lost


def _fold(made: Path) -> None:
    """One durable file, with nothing beside it."""
    try:
        with closing(sqlite3.connect(made)) as opened:
            opened.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            opened.execute("PRAGMA journal_mode = DELETE").fetchone()
    except sqlite3.Error as error:
        raise explained(made, error) from error
    with made.open("rb") as file:
        os.fsync(file.fileno())


def _keep(database: Path, lost: Path) -> Path | None:
    """Give the old database a second name, and see to it that nothing of it is read with the new one.

    Its log is folded into it; of one that cannot be opened the log is kept beside its second name.
    """
    found = [path for path in (database, *_beside(database)) if path.exists()]
    for path in found:
        os.link(path, lost.with_name(lost.name + path.name.removeprefix(database.name)))
    try:
        folded = database.exists() and _is_folded(database)
    except StoreError:
        _remove([lost, *_beside(lost)])  # the database stays, and needs no second name
        raise
    _remove([*(_beside(lost) if folded else ()), *_beside(database)])
    sync_folder(database.parent)
    return lost if found else None


def _is_folded(database: Path) -> bool:
    """Whether all that was committed lies in the one file now; raises ``StoreError`` while others read it."""
    try:
        with closing(sqlite3.connect(database)) as opened:
            busy, *_ = opened.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error:
        return False
    if busy:
        raise StoreError(f"{database}: another program reads the database; close it and try again")
    return True


def _remove(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _beside(database: Path) -> list[Path]:
    return [database.with_name(database.name + ending) for ending in _BESIDE]
