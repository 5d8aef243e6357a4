"""Ways to spoil a sound archive, each with the invariant that it breaks and words that must be said of it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HOUR = 3600.0


@dataclass(slots=True)
class Spoilt:
    """A copy of the archive, its database and the origin's log."""

    root: Path
    log: Path

    @property
    def database(self) -> Path:
        return self.root / "crawler.db"

    def change(self, *statements: str) -> None:
        """Change the database, references or not."""
        with closing(sqlite3.connect(self.database)) as opened, opened:
            opened.execute("PRAGMA foreign_keys = OFF")
            for statement in statements:
                assert opened.execute(statement).rowcount, statement

    def value(self, question: str) -> Any:
        """The first value of the first row."""
        with closing(sqlite3.connect(self.database)) as opened:
            return opened.execute(question).fetchone()[0]

    def first(self, pattern: str) -> Path:
        """The first file of a kind."""
        return sorted(self.root.glob(pattern))[0]

    def cut(self, pattern: str) -> None:
        """Tear the end off a file."""
        path = self.first(pattern)
        path.write_bytes(path.read_bytes()[:-7])

    def requests(self, change: Callable[[list[dict[str, Any]]], Any]) -> None:
        """Change the origin's log."""
        told = [json.loads(line) for line in self.log.read_text().splitlines()]
        change(told)
        self.log.write_text("".join(f"{json.dumps(one)}\n" for one in told))


def _again(
    told: list[dict[str, Any]], pick: Callable[[dict[str, Any]], Any], after: float, **other: Any
) -> bool:
    """The last request of a kind once more, so many seconds later."""
    one = [line for line in told if pick(line)][-1]
    told.append(one | {"at": one["at"] + after, "finished": one["finished"] + after} | other)
    return False  # so that two can stand in one expression


def _feed(line: dict[str, Any]) -> bool:
    return bool(line.get("etag") and line["target"] == "/rss/all.xml")


def _page(line: dict[str, Any]) -> bool:
    return line["target"].startswith("/news/")


_UNSEEN = {"sha256": "0" * 64, "headers": []}
_NEWEST = "(SELECT id FROM revisions WHERE state = 'done' ORDER BY id LIMIT 1)"

#: What is done → (what is broken, words of the sentence, how it is done).
MUTANTS: dict[str, tuple[str, str, Callable[[Spoilt], Any]]] = {
    "an item vanishes that a settled poll told of": (
        "I1", "and is no item",
        lambda at: at.change("DELETE FROM feed_items WHERE id = 1"),
    ),
    "a page was served and nobody knows it": (
        "I1", "served whole",
        lambda at: at.requests(lambda told: _again(told, _page, HOUR, target="/news/2026/1/1/unknown.html")),
    ),
    "a page was served and nobody took notice": (
        "I1", "neither due nor was it settled since",
        lambda at: (at.change("UPDATE feed_items SET recheck_at = NULL, page_validated = NULL"),
                    at.requests(lambda told: _again(told, _page, HOUR, **_UNSEEN))),
    ),
    "an item says archived and was never written": (
        "I1", "was never written",
        lambda at: at.change(f"UPDATE revisions SET state = 'dropped' WHERE id = {_NEWEST}"),
    ),
    "a new item is never due": (
        "I1", "is new and never due",
        lambda at: at.change("UPDATE feed_items SET state = 'new', due_at = NULL WHERE id = 2"),
    ),
    "an item failed without a reason": (
        "I1", "failed without a reason",
        lambda at: at.change("UPDATE feed_items SET state = 'failed', last_error = NULL WHERE id = 2"),
    ),
    "validators vouch for items that are not there": (
        "I1", "the validators that are stored",
        lambda at: at.change("DELETE FROM polls", "DELETE FROM feed_items WHERE id = 1"),
    ),
    "an article's file lies there twice": (
        "I2", "are one article by article_id",
        lambda at: shutil.copy(at.first("content/*/*/*/*.md"), at.first("content/*/*/*/*.md").with_name("twin.md")),
    ),
    "two revisions are the same file": (
        "I2", "are the same file",
        lambda at: at.change("UPDATE revisions SET sha256 = (SELECT sha256 FROM revisions r"
                             " WHERE r.article_id = revisions.article_id AND r.number = 1) WHERE number = 2"),
    ),
    "a file is gone that is done": (
        "I3", "(a wrong done)",
        lambda at: at.first("content/*/*/*/*.md").unlink(),
    ),
    "an image is gone": ("I3", "QR image of revision", lambda at: at.first("static/**/*.webp").unlink()),
    "an older revision is gone": ("I3", "(a wrong done)", lambda at: at.first("revisions/**/*.md").unlink()),
    "a letter of a file is another": (
        "I3", "is not the file of its row",
        lambda at: (path := at.first("content/*/*/*/*.md")).write_bytes(path.read_bytes()[:-20] + b"x" * 20),
    ),
    "a file belongs to nobody": (
        "I3", "belongs to no row",
        lambda at: shutil.copy(at.first("static/**/*.webp"), at.first("static/**/*.webp").with_name("stray.webp")),
    ),
    "an article's row is behind its revisions": (
        "I3", "its newest revision is",
        lambda at: at.change("UPDATE articles SET sha256 = 'ab' WHERE id = 1"),
    ),
    "a file tells another number than its row": (
        "I3", "feed_item_id",
        lambda at: at.change("UPDATE articles SET item_id = 900 WHERE id = 1"),
    ),
    "a record has lost its row": (
        "I3", "has no row",
        lambda at: at.change("DELETE FROM warc_records WHERE id = (SELECT max(id) FROM warc_records"
                             " WHERE type = 'response')"),
    ),
    "a row leads beside its record": (
        "I3", "no record is where its row says",
        lambda at: at.change("UPDATE warc_records SET start = start + 1 WHERE id = 2"),
    ),
    "a row tells of another body": (
        "I3", "holds another",
        lambda at: at.change("UPDATE warc_records SET sha256 = 'ab' WHERE id = 2"),
    ),
    "a record is called removed and lies there": (
        "I3", "was removed, and what stands there does not say so",
        lambda at: at.change("UPDATE warc_records SET type = 'removed' WHERE id = 2"),
    ),
    "an index is gone": ("I3", "has no index", lambda at: at.first("warc/**/*.cdxj").unlink()),
    "an index leads astray": (
        "I3", "leads to",
        lambda at: (path := at.first("warc/**/*.cdxj")).write_text("".join(path.read_text().splitlines(True)[1:])),
    ),
    "an index has lost its file": (
        "I3", "is the index of no file",
        lambda at: at.first("warc/**/*.cdxj").with_name("none.cdxj").write_text(""),
    ),
    "a file is torn": ("I4", "of its", lambda at: at.cut("content/*/*/*/*.md")),
    "an image is torn": ("I4", "of its", lambda at: at.cut("static/**/*.webp")),
    "a raw file is torn": ("I4", "no whole gzip member", lambda at: at.cut("warc/**/*.warc.gz")),
    "the database refers to nothing": (
        "I4", "the database:",
        lambda at: at.change("UPDATE captures SET item_id = 999 WHERE id = 1"),
    ),
    "a feed is asked again by a new start": (
        "I5", "by a new start",
        lambda at: (at.change("UPDATE runs SET started_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+1 second')"
                              " WHERE id = (SELECT max(id) FROM runs)"),
                    at.requests(lambda told: _again(told, _feed, 60))),
    ),
    "a feed is asked without validators": (
        "I5", "without validators",
        lambda at: at.requests(lambda told: _again(told, _feed, 3 * HOUR, headers=[])),
    ),
    "a feed is shown a validator of nobody": (
        "I5", "which it never gave",
        lambda at: at.requests(lambda told: _again(told, _feed, 3 * HOUR, headers=[["If-None-Match", '"mine"']])),
    ),
    "a feed is asked too soon": (
        "I6", "was asked again after",
        lambda at: at.requests(lambda told: _again(told, _feed, HOUR)),
    ),
    "two requests at once": (
        "I6", "was on its way",
        lambda at: at.requests(lambda told: _again(told, _page, -0.3, finished=told[-1]["at"] + 9)
                               or _again(told, _page, 0.2)),
    ),
    "no pause between two requests": (
        "I6", "(at least 1 s)",
        lambda at: at.requests(lambda told: _again(told, _page, 0.4)),
    ),
    "a Retry-After is not waited for": (
        "I6", "wanted silence",
        lambda at: at.requests(lambda told: _again(told, _page, 10, status=503, retry_after="600")
                               or _again(told, _page, 20)),
    ),
    "robots.txt comes second": (
        "I6", "before its robots.txt",
        lambda at: at.requests(lambda told: told.remove(told[0])),
    ),
    "robots.txt is not kept": (
        "I6", "its robots.txt forbids",
        lambda at: at.requests(lambda told: _again(told, _page, 10, target="/private/plan.html")),
    ),
    "a private peer was asked": (
        "I7", "10.0.0.8 was asked",
        lambda at: at.change("UPDATE fetches SET peer = '10.0.0.8' WHERE id = 3"),
    ),
    "a denied host was asked": (
        "I7", "127.9.9.9 was asked",
        lambda at: at.requests(lambda told: _again(told, _page, 10, host="127.9.9.9", target="/robots.txt")),
    ),
    "a temporary file is left": (
        "I8", "is a temporary file",
        lambda at: (at.root / "content" / ".tmp-0123456789abcdef01234567").write_bytes(b"half"),
    ),
    "a host is lent": ("I8", "is lent until", lambda at: at.change(
        "UPDATE hosts SET lease_until = '2026-01-01T00:00:00.000000Z'")),
    "a feed is lent": ("I8", "is lent", lambda at: at.change("UPDATE feeds SET lent_from = next_poll_at WHERE id = 1")),
    "a revision is only intended": (
        "I8", "neither done nor dropped",
        lambda at: at.change("UPDATE revisions SET state = 'intended' WHERE state = 'superseded'"),
    ),
    "a run never ended": ("I8", "never ended", lambda at: at.change("UPDATE runs SET outcome = NULL WHERE id = 1")),
    "a raw file is open": (
        "I8", "is open in name",
        lambda at: (path := at.first("warc/**/*.warc.gz")).rename(path.with_name(path.name + ".open")),
    ),
    "the write-ahead log is huge": (
        "I8", "crawler.db-wal has",
        lambda at: _swollen(at.root / "crawler.db-wal"),
    ),
}  # fmt: skip


def _swollen(path: Path) -> None:
    with path.open("wb") as out:
        out.truncate(65 * 2**20)
