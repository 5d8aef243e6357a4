"""An archive with a past: crawled, edited, corrected, read again; what a rebuild is tried on."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.journey import Yard
from tests.wire import SampleWire, feed_list

_RULE = '\n[[hosts]]\nhost = "{host}"\ncut_at = ["Editor\'s note"]\n'


def live(wire: SampleWire, yard: Yard, *, failing: bool = False, every: int = 5) -> None:
    """Three crawls of a wire that edits and publishes meanwhile, then a re-extraction with a rule for one host.

    The database as it was after the second crawl lies beside the archive: ``yesterday.db``.
    """
    feeds = (*wire.feeds, *(wire.failing_feeds if failing else ()))
    yard.configure(feed_list(feeds), web='retry_wait_max = "1s"' if failing else "", processes=1)
    assert yard.crawl().code == int(failing)
    for posting in wire.postings[::every]:
        wire.edit(posting.url)
    _again(yard)
    copy(database(yard), yard.folder / "yesterday.db")
    for posting in wire.postings[:: 2 * every]:
        wire.edit(posting.url, title=f"Corrected: {posting.release.title}")
    wire.publish(2)
    _again(yard)
    text = yard.config.read_text()
    yard.config.write_text(text + _RULE.format(host=wire.sites[0].host))
    ended = yard.run("reextract", "--apply", "--json")
    assert ended.code == 0, ended.err
    yard.config.write_text(text)


def _again(yard: Yard) -> None:
    """A later crawl: hours have passed."""
    hours_pass(yard)
    ended = yard.crawl()
    assert ended.code in {0, 1}, ended.err


def hours_pass(yard: Yard) -> None:
    """Feeds are due again."""
    yard.change(
        "UPDATE feeds SET next_poll_at = '2026-01-01T00:00:00.000000Z', not_before = NULL, lent_at = NULL"
    )


def database(yard: Yard) -> Path:
    """The archive's database."""
    return yard.archive / "crawler.db"


def copy(source: Path, target: Path) -> None:
    """A database as it is now, whole in one file."""
    with closing(sqlite3.connect(source)) as before, closing(sqlite3.connect(target)) as after:
        before.backup(after)


def lose_database(yard: Yard) -> None:
    """The database, and what SQLite keeps beside it."""
    for path in yard.archive.glob("crawler.db*"):
        path.unlink()


def lose_files(yard: Yard) -> None:
    """What Hugo publishes, and the revisions before."""
    for folder in ("content", "static", "revisions"):
        shutil.rmtree(yard.archive / folder, ignore_errors=True)


def content(yard: Yard) -> dict[str, bytes]:
    """The files of articles: path → bytes."""
    kept = ("content/", "static/", "revisions/")
    return {path: data for path, data in yard.files().items() if path.startswith(kept)}
