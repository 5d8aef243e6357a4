"""Looking in from outside, read-only and without the lock, also while a crawler writes.

The command line and the daemon's page ask here; answers are plain dicts with instants as text.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from sqlalchemy import ColumnElement, Select, exists, or_, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from crawler.errors import StoreError
from crawler.store import overviews, presence
from crawler.store.answers import Answer, rows
from crawler.store.chains import chains
from crawler.store.connecting import explained, reading_engine
from crawler.store.rows import stamp
from crawler.store.schema import VERSION, articles, feeds, sightings

_IS_OURS = text("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")
_VERSION = text("SELECT version_num FROM alembic_version")
_BY_OLD_FILE = text("""
    SELECT article_id FROM revisions
    WHERE (path = :which OR qrcode_path = :which) AND state <> 'dropped' LIMIT 1""")

_SOURCES = text("SELECT DISTINCT source FROM articles WHERE revision > 0")
_REVISIONS = text(
    "SELECT * FROM revisions WHERE article_id = :article AND state <> 'dropped' ORDER BY number"
)


class Search:
    """Opens for reading only; every answer is one consistent look.

    Raises ``StoreError`` with a cure where there is no database, or not one of ours.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = reading_engine(path)

    async def __aenter__(self) -> Self:
        async with self._look() as connection:
            if not await rows(connection, _IS_OURS):
                raise StoreError(f"{self._path}: not a crawler's database; name another with [store] url")
            found = await rows(connection, _VERSION)
        version = found[0]["version_num"] if found else None
        if version != VERSION:
            raise StoreError(presence.foreign(self._path, version, VERSION))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._engine.dispose()

    # ------------------------------------------------------------------ overviews

    async def stats(self) -> Answer:
        """What the archive holds, in numbers; ``sources`` a row each, ``last_run`` if there was one."""
        async with self._look() as connection:
            return await overviews.stats(connection)

    async def articles(
        self,
        *,
        source: str | None = None,
        feed: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        text: str | None = None,
        origin: str | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> list[Answer]:
        """Archived articles, newest first: dated ``since`` ≤ date < ``until``, ``text`` in the title,
        ``origin`` "page" or "feed"."""
        wanted = _listing().where(articles.c.revision > 0)
        for narrower in _limits(source=source, feed=feed, since=since, until=until, text=text, origin=origin):
            wanted = wanted.where(narrower)
        newest = wanted.order_by(articles.c.date.desc(), articles.c.id.desc())
        async with self._look() as connection:
            return await rows(connection, newest.limit(limit).offset(offset))

    async def feeds(self, *, since: datetime | None = None) -> list[Answer]:
        """How each feed is doing: polls, interval, failures, items, what is odd about it, last error.

        ``fresh_p50``: seconds from publishing to first sight, of half the items since ``since``.
        """
        async with self._look() as connection:
            return await overviews.feeds(connection, since)

    async def hosts(self, *, now: datetime, paused: bool = False) -> list[Answer]:
        """What is owed to each host and IP address; ``paused``: only to those that are left alone."""
        async with self._look() as connection:
            return await overviews.hosts(connection, now, paused=paused)

    async def furniture(self, host: str | None = None) -> list[Answer]:
        """Which lines recur on the pages of each host, or of one."""
        async with self._look() as connection:
            return await overviews.furniture(connection, host)

    async def rules(self) -> list[Answer]:
        """What the configuration's rules for hosts did, those that stopped matching first."""
        async with self._look() as connection:
            return await overviews.rules(connection)

    async def freshness(self, *, since: datetime, feed: str | None = None) -> Answer:
        """Publish → seen → archived: ``feeds`` over the whole time, ``days`` as they were kept."""
        async with self._look() as connection:
            return await overviews.freshness(connection, since, feed)

    async def subscriptions(self) -> list[Answer]:
        """Which hub pushes which feed, and how it stands."""
        async with self._look() as connection:
            return await overviews.subscriptions(connection)

    async def failures(self, *, feed: str | None = None, limit: int = 50) -> list[Answer]:
        """Items and feeds in trouble, the latest first, and when each is tried again."""
        async with self._look() as connection:
            return await overviews.failures(connection, feed, limit)

    async def sources(self) -> list[str]:
        """The names of the wires of which something is archived."""
        async with self._look() as connection:
            return [row["source"] for row in await rows(connection, _SOURCES)]

    async def runs(self, *, limit: int = 20) -> list[Answer]:
        """The latest runs, newest first."""
        async with self._look() as connection:
            return await overviews.runs(connection, limit)

    # ------------------------------------------------------------------ one article

    async def article(self, which: int | str) -> Answer:
        """An article by its number, url, short code or a file's path; raises ``StoreError``."""
        async with self._look() as connection:
            return await self._find(connection, which)

    async def history(self, which: int | str) -> list[Answer]:
        """Every revision of an article, oldest first: number, reason, origin, state, files."""
        async with self._look() as connection:
            article = await self._find(connection, which)
            return await rows(connection, _REVISIONS, article=article["id"])

    async def provenance(self, which: int | str) -> Answer:
        """Where every byte of an article came from, as one nested dict:
        feed → polls → item → sightings → captures with fetches → revisions with extraction, fields, files."""
        async with self._look() as connection:
            article = await self._find(connection, which)
            [chain] = await chains(connection, [article])
            return chain

    async def provenances(self, numbers: Sequence[int]) -> list[Answer]:
        """The same of several articles by number, in this order, in one look."""
        async with self._look() as connection:
            several = _listing(full=True).where(articles.c.id.in_(numbers))
            found = {row["id"]: row for row in await rows(connection, several)}
            return await chains(connection, [found[number] for number in numbers])

    async def _find(self, connection: AsyncConnection, which: int | str) -> Answer:
        wanted = str(which)
        number = int(wanted) if wanted.isdecimal() and len(wanted) < 19 else None
        shown = articles.c
        named = or_(shown.id == number, shown.url == wanted, shown.path == wanted, shown.code == wanted)
        found = await rows(connection, _listing(full=True).where(named).limit(1))
        if not found:
            older = await rows(connection, _BY_OLD_FILE, which=wanted)
            one = older[0]["article_id"] if older else None
            found = await rows(connection, _listing(full=True).where(shown.id == one))
        if not found:
            raise StoreError(
                f'no article "{wanted}" in {self._path}; `crawler inspect articles` lists what there is'
            )
        return found[0]

    @asynccontextmanager
    async def _look(self) -> AsyncIterator[AsyncConnection]:
        """A connection for one answer: a reader that stays would keep the WAL from being emptied."""
        try:
            async with self._engine.connect() as connection:
                yield connection
        except DBAPIError as error:
            raise explained(self._path, error) from error


def _listing(*, full: bool = False) -> Select[Any]:
    """Articles as they are listed; ``full`` for everything that is known of one."""
    shown = articles.c
    origin = text("CASE articles.state WHEN 'fallback' THEN 'feed' ELSE 'page' END AS origin")
    feed = text("""(SELECT f.name FROM feed_items i JOIN feeds f ON f.id = i.feed_id
                    WHERE i.id = articles.item_id) AS feed""")
    if full:
        return select(articles, origin, feed)
    listed = (shown.id, shown.date, shown.title, shown.source, shown.source_link, shown.url, shown.path)
    return select(*listed, shown.revision, shown.draft, shown.changed_at.label("archived_at"), origin, feed)


def _limits(
    *,
    source: str | None,
    feed: str | None,
    since: datetime | None,
    until: datetime | None,
    text: str | None,
    origin: str | None,
) -> Iterator[ColumnElement[bool]]:
    """What was asked for, condition by condition."""
    shown = articles.c
    if source is not None:
        yield or_(shown.source == source, shown.source_key == source)
    if feed is not None:
        yield _seen_in(feed)
    if since is not None:
        yield shown.date >= stamp(since)
    if until is not None:
        yield shown.date < stamp(until)
    if text is not None:
        yield shown.title.icontains(text, autoescape=True)
    if origin is not None:
        yield shown.state == ("fallback" if origin == "feed" else "archived")


def _seen_in(feed: str) -> Any:
    named = sightings.join(feeds, feeds.c.id == sightings.c.feed_id)
    same = sightings.c.item_id == articles.c.item_id
    return exists(select(1).select_from(named).where(same, feeds.c.name == feed))
