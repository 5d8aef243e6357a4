"""The database written anew, so that nothing that was deleted stands in its files; for a takedown, by ``writer``."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection

from crawler.store.connecting import CURES, executed, fetched, is_harmless, primary_code

#: Milliseconds for which a reader is waited for that keeps deleted text in the database, at most.
PATIENCE = 5000

#: Where SQLite makes its copy, in this order (https://sqlite.org/tempfiles.html §5).
_PLACES = ("SQLITE_TMPDIR", "TMPDIR")
_FOLDERS = ("/var/tmp", "/usr/tmp", "/tmp", ".")  # noqa: S108  # looked at, not written to
_SPARE = 2**20  #: bytes that are left free, for what is written next


def write_anew(connection: Connection, database: Path) -> str:
    """Leave nothing that was deleted in the database's files; "", or what is in the way of that.

    ``secure_delete`` does not reach what was deleted before it was on, nor what moving a row to another page left
    behind: the database is written anew.  All of that is in the log alone until no reader needs the old pages any
    more: one that has a look open is waited for, for a short while.  What a disk has no room for is not begun.
    """
    if lack := _lack(connection, database):
        return lack
    [before] = fetched(connection, "PRAGMA busy_timeout")
    executed(connection, f"PRAGMA busy_timeout = {min(before, PATIENCE)}")
    try:
        executed(connection, "VACUUM")
        busy, frames, _ = fetched(connection, "PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        if not is_harmless(error):
            raise
        with suppress(sqlite3.Error):
            fetched(connection, "PRAGMA wal_checkpoint(TRUNCATE)")  # what it took of the disk is given back
        return CURES.get(primary_code(error) or 0, str(error))
    finally:
        executed(connection, f"PRAGMA busy_timeout = {before}")
    return "a reader holds the database" if busy or frames > 0 else ""


def _lack(connection: Connection, database: Path) -> str:
    """Which disk has no room for it, in a sentence with figures; "" where each has.

    The copy goes to SQLite's folder for temporary files, and from there page by page into the log.
    """
    asked = ("page_size", "page_count", "freelist_count")
    size, pages, unused = (fetched(connection, f"PRAGMA {name}")[0] for name in asked)
    copy = size * (pages - unused) * 101 // 100  # the log has a head of 24 bytes for each page
    needed: dict[int, tuple[Path, int]] = {}
    for folder in (database.absolute().parent, _scratch()):
        with suppress(OSError):
            disk = folder.stat().st_dev
            place, so_far = needed.get(disk, (folder, _SPARE))
            needed[disk] = (place, so_far + copy)
    for place, bytes_ in needed.values():
        if (free := shutil.disk_usage(place).free) < bytes_:
            return (
                f"to be written anew it needs {bytes_ / 1e6:.1f} MB on the disk of {place}, and {free / 1e6:.1f} MB "
                "are free; free some space"
            )
    return ""


def _scratch() -> Path:
    for place in (*map(os.environ.get, _PLACES), *_FOLDERS):
        if place and Path(place).is_dir() and os.access(place, os.W_OK | os.X_OK):
            return Path(place)
    return Path()
