"""What must be true of an archive after a power cut and the start that made good of it.

Reads files and database with the standard library alone.
"""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.powercut.recording import Told

_ARTICLES = """
    SELECT a.id, a.item_id, a.revision, a.path, a.sha256, a.url, i.state, i.due_at
    FROM articles a JOIN feed_items i ON i.id = a.item_id"""
_REVISIONS = (
    "SELECT article_id, number, state, path, sha256, qrcode_path, qrcode_sha256 FROM revisions ORDER BY id"
)
#: What a start writes anew each time: that it was, and which hosts nobody has any more.
_ALWAYS_NEW = frozenset({"runs", "hosts"})
_KEPT_FOLDERS = ("content", "static", "revisions")


@dataclass(slots=True)
class Found:
    """What is wrong, in words; and what is unfinished but due again."""

    violations: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)  #: files of a dropped revision, whose item is due

    def wrong(self, what: str) -> None:
        """Note a violation."""
        self.violations.append(what)


def judge(root: Path, told: Told, revisions: Mapping[tuple[int, int], str]) -> Found:
    """Look at the archive below ``root``; ``revisions`` are the digests of the undisturbed run's files."""
    found = Found()
    try:
        with closing(_opened(root)) as database:
            for fault in (
                *database.execute("PRAGMA integrity_check"),
                *database.execute("PRAGMA foreign_key_check"),
            ):
                if fault[0] != "ok":
                    found.wrong(f"the database: {fault}")
            _Look(root, database, found).all(told, revisions)
    except sqlite3.Error as error:
        found.wrong(f"the database cannot be read: {error}")
    return found


def _opened(root: Path) -> sqlite3.Connection:
    database = sqlite3.connect(f"file:{root}/crawler.db?mode=ro", uri=True)
    database.row_factory = sqlite3.Row
    return database


@dataclass(slots=True)
class _Look:
    """One look at one archive."""

    root: Path
    database: sqlite3.Connection
    found: Found
    digests: dict[str, str] = field(default_factory=dict)  #: path → SHA-256 of what lies there

    def all(self, told: Told, revisions: Mapping[tuple[int, int], str]) -> None:
        for path in self.root.rglob("*"):
            if path.is_file():
                name = path.relative_to(self.root).as_posix()
                self.digests[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        rows = self._rows(_REVISIONS)
        self._acknowledged(told, revisions, rows)
        self._files(rows)
        self._remains()
        self._raw()

    def _rows(self, question: str) -> list[dict[str, Any]]:
        return [dict(row) for row in self.database.execute(question)]

    def _acknowledged(
        self, told: Told, revisions: Mapping[tuple[int, int], str], rows: list[dict[str, Any]]
    ) -> None:
        """I1: what was said to be done is there."""
        kept = {
            (row["article_id"], row["number"]): row for row in rows if row["state"] in {"done", "superseded"}
        }
        captured: dict[int, int] = {}
        for article, outcome in told.captures:
            captured[article] = captured.get(article, 0) + (outcome in {"archived", "fallback"})
        for article, many in captured.items():
            for number in range(1, many + 1):
                row = kept.get((article, number))
                if row is None:
                    self.found.wrong(f"lost: revision {number} of article {article}")
                elif row["sha256"] != revisions.get((article, number)):
                    self.found.wrong(f"not the same: revision {number} of article {article}")
        self._polls(told)

    def _polls(self, told: Told) -> None:
        new: dict[str, int] = {}
        due: dict[str, str] = {}
        for feed, many, following in told.polls:
            new[feed] = new.get(feed, 0) + many
            due[feed] = following
        stored = {
            row["name"]: row
            for row in self._rows(
                "SELECT f.name, f.next_poll_at, (SELECT count(*) FROM feed_items i WHERE i.feed_id = f.id) AS items"
                " FROM feeds f"
            )
        }
        for feed, many in new.items():
            row = stored.get(feed)
            if row is None or row["items"] < many:
                self.found.wrong(f"lost: items of feed {feed}, {row and row['items']} of {many}")
            elif row["next_poll_at"][:19] < due[feed][:19]:
                self.found.wrong(f"feed {feed} would be asked early: {row['next_poll_at']}, told {due[feed]}")

    def _files(self, rows: list[dict[str, Any]]) -> None:
        """I2–I4: each row its file, each file its row."""
        wanted: dict[str, str] = {}
        for row in rows:
            if row["state"] in {"done", "superseded"}:
                wanted[row["path"]] = row["sha256"]
                wanted[row["qrcode_path"]] = row["qrcode_sha256"]
            elif row["state"] == "intended":
                self.found.wrong(f"still intended: revision {row['number']} of article {row['article_id']}")
        tentative = self._tentative(rows)
        for path, digest in wanted.items():
            if path not in self.digests:
                self.found.wrong(f"no file: {path}")
            elif self.digests[path] != digest:
                self._differs(path, tentative)
        for path in self.digests.keys() - wanted.keys():
            if path.startswith(_KEPT_FOLDERS):
                self._differs(path, tentative)
        self._articles(rows)

    def _tentative(self, rows: list[dict[str, Any]]) -> dict[str, str]:
        """Files that a dropped revision may have left, where the item is due and writes them again."""
        due = {row["id"] for row in self._rows(_ARTICLES) if row["due_at"]}  # of articles
        left: dict[str, str] = {}
        for row in rows:
            if row["state"] == "dropped" and row["article_id"] in due:
                left[row["path"]] = row["sha256"]
                left[row["qrcode_path"]] = row["qrcode_sha256"]
        for row in rows:
            if (
                row["state"] == "done" and row["article_id"] in due
            ):  # the newest one, set aside for its successor
                _, source, year, month, name = row["path"].split("/")
                left[f"revisions/{source}/{year}/{month}/{name.removesuffix('.md')}/{row['number']}.md"] = (
                    row["sha256"]
                )
        return left

    def _differs(self, path: str, tentative: Mapping[str, str]) -> None:
        if tentative.get(path) == self.digests[path]:
            self.found.waiting.append(path)
        else:
            self.found.wrong(f"nobody's bytes: {path}")

    def _articles(self, rows: list[dict[str, Any]]) -> None:
        newest = {row["article_id"]: row for row in rows if row["state"] == "done"}
        for article in self._rows(_ARTICLES):
            row = newest.get(article["id"])
            if article["revision"] == 0 and row is None and article["due_at"] is None:
                self.found.wrong(f"article {article['id']} is claimed, not written and not due")
            if (article["revision"], article["path"], article["sha256"]) != (
                (row["number"], row["path"], row["sha256"]) if row else (0, None, None)
            ):
                self.found.wrong(f"article {article['id']} and its newest revision differ")
        done = [row["article_id"] for row in rows if row["state"] == "done"]
        if len(done) != len(set(done)):
            self.found.wrong("an article with two newest revisions")

    def _remains(self) -> None:
        for path in self.digests:
            if "/.tmp-" in f"/{path}" or path.endswith(".open"):
                self.found.wrong(f"left behind: {path}")

    def _raw(self) -> None:
        """Each WARC file whole members to its end; each row a whole record with the body that it tells."""
        members: dict[str, dict[int, tuple[int, bytes]]] = {}
        for path in self.digests:
            if path.endswith(".warc.gz"):
                members[path], end = _members(self.root / path, self.digests[path])
                if end != (self.root / path).stat().st_size:
                    self.found.wrong(f"torn: {path} behind byte {end}")
                self._index(path, members[path])
        for row in self._rows("SELECT path, start, size, type, sha256 FROM warc_records"):
            size, data = members.get(row["path"], {}).get(row["start"], (0, b""))
            if size != row["size"]:
                self.found.wrong(f"no raw record at {row['start']} of {row['path']}")
            elif row["sha256"] not in _digests(data):
                self.found.wrong(f"another raw record at {row['start']} of {row['path']}")

    def _index(self, path: str, members: Mapping[int, tuple[int, bytes]]) -> None:
        index = self.root / path.replace(".warc.gz", ".cdxj")
        looked_up = sum(_type(data) in {b"response", b"revisit"} for _, data in members.values())
        if not index.exists() or index.read_bytes().count(b"\n") != looked_up:
            self.found.wrong(f"the index does not fit: {path}")


_KNOWN: dict[
    str, tuple[dict[int, tuple[int, bytes]], int]
] = {}  #: by digest: most files are those of the last cut


def _members(path: Path, digest: str) -> tuple[dict[int, tuple[int, bytes]], int]:
    """Offset → size and content of each whole gzip member, and where the last of them ends."""
    if digest in _KNOWN:
        return _KNOWN[digest]
    data, found, at = path.read_bytes(), {}, 0
    while at < len(data):
        stream = zlib.decompressobj(31)
        try:
            content = stream.decompress(data[at:])
        except zlib.error:
            break
        if not stream.eof:
            break
        size = len(data) - at - len(stream.unused_data)
        found[at] = size, content
        at += size
    if len(_KNOWN) > 500:
        _KNOWN.clear()
    _KNOWN[digest] = found, at
    return found, at


def _type(data: bytes) -> bytes:
    return data.partition(b"WARC-Type: ")[2].partition(b"\r\n")[0]


def _digests(data: bytes) -> Iterator[str]:
    """What a record says of its body; of one that has no answer in it: what its block hashes to."""
    head, _, block = data.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        if line.startswith(b"WARC-Payload-Digest: sha256:"):
            told = line.rpartition(b":")[2].decode()
            body = block.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n\r\n")
            if _type(data) == b"revisit" or hashlib.sha256(body).hexdigest() == told:
                yield told
    yield hashlib.sha256(block.removesuffix(b"\r\n\r\n")).hexdigest()


def state(root: Path) -> tuple[dict[str, str], dict[str, list[tuple[Any, ...]]]]:
    """All that a second recovery must leave as it is: files by digest, rows of every table but the runs."""
    files = {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.name.startswith("crawler.db")
    }
    with closing(sqlite3.connect(f"file:{root}/crawler.db?mode=ro", uri=True)) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {
            table: sorted(database.execute(f'SELECT * FROM "{table}"'), key=repr)
            for table in tables
            if table not in _ALWAYS_NEW
        }
    return files, rows


def changes(
    before: tuple[dict[str, str], dict[str, list[tuple[Any, ...]]]],
    after: tuple[dict[str, str], dict[str, list[tuple[Any, ...]]]],
) -> list[str]:
    """What a second start changed; nothing is as it must be."""
    told = [
        f"the second start changed {path}"
        for path in sorted(before[0].keys() | after[0].keys())
        if before[0].get(path) != after[0].get(path)
    ]
    for table in sorted(before[1].keys() | after[1].keys()):
        gone = [row for row in before[1].get(table, []) if row not in after[1].get(table, [])]
        come = [row for row in after[1].get(table, []) if row not in before[1].get(table, [])]
        if gone or come:
            told.append(f"the second start changed {table}: {str(gone)[:300]} -> {str(come)[:300]}")
    return told
