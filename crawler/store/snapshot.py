"""A consistent copy of the database while others write to it, and the files that it names.

``app.backup`` asks here.  The copy is SQLite's own (online backup API) inside one reading transaction: writers
go on, and however long it takes, it is the database of one moment.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from crawler import document
from crawler.errors import StoreError
from crawler.model.backup import NamedFile, Snapshot
from crawler.store import presence
from crawler.store.connecting import explained, primary_code
from crawler.store.schema import VERSION

PAGES = 2000  #: copied between two looks at how far it is

#: Of a revision that was only intended, a file may be there already; where it is, it need not be made again.
_DOCUMENTS = """
    SELECT r.path, r.sha256, r.size, r.number, r.state, a.url, a.date, a.source_key
    FROM revisions r JOIN articles a ON a.id = r.article_id
    WHERE r.state IN ('done', 'superseded') OR (r.state = 'intended' AND a.revision = 0)
    ORDER BY r.path"""
_IMAGES = """
    SELECT r.qrcode_path AS path, r.qrcode_sha256 AS sha256, r.qrcode_size AS size, r.state
    FROM revisions r JOIN articles a ON a.id = r.article_id
    WHERE r.state = 'done' OR (r.state = 'intended' AND a.revision = 0)
    ORDER BY r.qrcode_path"""
_VOLUMES = "SELECT path, max(start + size) AS known FROM warc_records GROUP BY path"
_FIRST = "SELECT leaf FROM log_entries WHERE id = 1"
_RUN = "SELECT id, command, version, started_at, ended_at, outcome FROM runs ORDER BY id DESC LIMIT 1"


def copied(database: Path, target: Path, observe: Callable[[int, int], None]) -> None:
    """Copy the database as it is now into a new file; ``observe`` is told pages done and pages in all.

    Raises ``StoreError``.
    """
    with (
        _told(database),
        _untouched(database),
        _reading(database) as source,
        closing(sqlite3.connect(target)) as made,
    ):
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()  # from here on it stands still
        source.backup(
            made, pages=PAGES, progress=lambda _status, left, pages: observe(pages - left, pages), sleep=0
        )
        source.execute("ROLLBACK")


def first_leaf(database: Path) -> str | None:
    """The first leaf of an archive's log, which never changes; None where it has none.  Raises ``StoreError``."""
    with _told(database), _reading(database) as connection:
        _version(connection, database)
        return _log(connection)


def read(database: Path, origin: Path) -> Snapshot:
    """What a copy says; ``origin`` is named where it is not what this crawler can read.  Raises ``StoreError``."""
    with _told(origin), _reading(database, immutable=True) as connection:
        schema = _version(connection, origin)
        return Snapshot(
            schema=schema,
            run=next(map(dict, connection.execute(_RUN)), None),
            log=_log(connection),
            articles=_count(connection, "articles WHERE revision > 0"),
            revisions=_count(connection, "revisions WHERE state IN ('done', 'superseded')"),
            named=tuple(_named(connection)),
            volumes={row["path"]: row["known"] for row in connection.execute(_VOLUMES)},
        )


def check(database: Path) -> None:
    """SQLite's own look at a copy; raises ``StoreError`` where something is wrong in it."""
    with _told(database), _reading(database, immutable=True) as connection:
        [found] = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise StoreError(f"{database}: the database is damaged ({found}); take another backup")


def _named(connection: sqlite3.Connection) -> Iterator[NamedFile]:
    for row in connection.execute(_DOCUMENTS):
        yield _file(row, _older(row) if row["state"] == "done" else None)
    for row in connection.execute(_IMAGES):
        yield _file(row, None)


def _file(row: Mapping[str, Any], older: str | None) -> NamedFile:
    return NamedFile(
        path=row["path"],
        digest=row["sha256"],
        size=row["size"],
        older=older,
        certain=row["state"] != "intended",
    )


def _older(row: Mapping[str, Any]) -> str:
    """Where ``outbox`` sets these bytes aside before a newer revision takes their place."""
    return document.revision_path(
        row["source_key"], datetime.fromisoformat(row["date"]), row["url"], row["number"]
    )


def _log(connection: sqlite3.Connection) -> str | None:
    return next((row["leaf"] for row in connection.execute(_FIRST)), None)


def _count(connection: sqlite3.Connection, what: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {what}").fetchone()[0])  # noqa: S608  # our own words


def _version(connection: sqlite3.Connection, origin: Path) -> str:
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
        raise StoreError(f"{origin}: not a crawler's database; name another with [store] url")
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    version = row and row[0]
    if version != VERSION:
        raise StoreError(presence.foreign(origin, version, VERSION))
    return str(version)


@contextmanager
def _reading(path: Path, *, immutable: bool = False) -> Iterator[sqlite3.Connection]:
    if not (path.is_file() if immutable else presence.is_there(path)):
        raise StoreError(presence.absent(path))
    with closing(presence.looked_into(path, immutable=immutable)) as connection:
        connection.row_factory = sqlite3.Row
        yield connection


@contextmanager
def _untouched(path: Path) -> Iterator[None]:
    """Where it is read as a file that nobody writes to, nobody did; raises ``StoreError``."""
    if not path.is_file() or "immutable" not in presence.reading(path):
        yield
        return
    before = _state(path)
    yield
    if _state(path) != before or "immutable" not in presence.reading(path):
        raise StoreError(
            f"{path}: a crawler began to write while it was copied, and its folder cannot be written by this user; "
            "take the backup again"
        )


def _state(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        if primary_code(error) == sqlite3.SQLITE_READONLY:
            raise StoreError(
                f"{path}: {error}: a crawler that ended early left its write-ahead log, which this user cannot read "
                "without writing there; take the backup as the archive's own user"
            ) from error
        raise explained(path, error) from error
