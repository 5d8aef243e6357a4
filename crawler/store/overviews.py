"""Overviews for people: numbers, feeds, hosts, freshness, failures, runs; asked through ``search``."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from crawler.store.answers import Answer, rows
from crawler.store.freshness import BY_DAY, BY_FEED, PUBLISHED_TO_SEEN
from crawler.store.rows import stamp

_STATS = text("""
    SELECT (SELECT count(*) FROM feeds WHERE enabled = 1) AS feeds,
           (SELECT count(*) FROM feeds WHERE enabled = 1 AND failures > 0) AS feeds_failing,
           (SELECT count(*) FROM feed_items) AS items,
           (SELECT count(*) FROM feed_items WHERE due_at IS NOT NULL) AS items_pending,
           (SELECT count(*) FROM feed_items
            WHERE last_error IS NOT NULL AND state = 'failed') AS items_failed,
           (SELECT count(*) FROM articles WHERE revision > 0) AS articles,
           (SELECT count(*) FROM articles WHERE state = 'fallback') AS articles_from_feed,
           (SELECT count(*) FROM revisions WHERE state IN ('done', 'superseded')) AS revisions,
           (SELECT coalesce(sum(size), 0) FROM articles) AS article_bytes,
           (SELECT min(date) FROM articles WHERE revision > 0) AS oldest,
           (SELECT max(date) FROM articles WHERE revision > 0) AS newest,
           (SELECT count(*) FROM polls) AS polls,
           (SELECT count(*) FROM fetches) AS fetches,
           (SELECT coalesce(sum(bytes), 0) FROM fetches) AS fetched_bytes,
           (SELECT count(*) FROM polls WHERE possible_gap = 1) AS possible_gaps""")
_LAST_RUN = text("SELECT * FROM runs ORDER BY id DESC LIMIT 1")
_SOURCES = text("""
    SELECT source, count(*) AS articles, min(date) AS oldest, max(date) AS newest
    FROM articles WHERE revision > 0 GROUP BY source ORDER BY source""")
_FEEDS = text("SELECT * FROM feed_health ORDER BY enabled DESC, name")
_FAILURES = text("""
    SELECT * FROM failures WHERE :feed IS NULL OR feed = :feed ORDER BY at DESC LIMIT :limit""")
_RUNS = text("SELECT * FROM runs ORDER BY id DESC LIMIT :limit")
_HOSTS = text("""
    SELECT h.host, h.next_allowed_at, h.paused_until, h.pause_status, h.delay_seconds, h.request_failures,
           h.lease_until, coalesce(h.paused_until > :now, 0) AS paused,
           (SELECT count(*) FROM feeds f WHERE f.enabled = 1 AND f.host = h.host) AS feeds,
           (SELECT count(*) FROM feed_items i WHERE i.due_at IS NOT NULL AND i.host = h.host) AS items_pending
    FROM hosts h
    WHERE NOT :paused OR h.paused_until > :now
    ORDER BY coalesce(h.paused_until > :now, 0) DESC, coalesce(h.next_allowed_at, '') DESC, h.host""")
_ROBOTS = text("SELECT origin, fetched_at, status, length(body) AS size, failure, failing_since FROM robots")

_SUBSCRIPTIONS = text("SELECT * FROM feed_subscriptions ORDER BY feed")


async def stats(connection: AsyncConnection) -> Answer:
    """What the archive holds, in numbers; ``sources`` a row each, ``last_run`` if there was one."""
    [numbers] = await rows(connection, _STATS)
    last = await rows(connection, _LAST_RUN)
    sources = await rows(connection, _SOURCES)
    return numbers | {"sources": sources, "last_run": last[0] if last else None}


async def feeds(connection: AsyncConnection, since: datetime | None) -> list[Answer]:
    """How each feed is doing, and how fresh its items were since a moment."""
    found = await rows(connection, _FEEDS)
    fresh = await _by_feed(connection, since, None) if since else []
    halves = {row["feed"]: row["p50"] for row in fresh if row["measure"] == PUBLISHED_TO_SEEN}
    return [row | {"fresh_p50": halves.get(row["name"])} for row in found]


async def hosts(connection: AsyncConnection, now: datetime, *, paused: bool) -> list[Answer]:
    """What is owed to each host, those left alone first; its robots.txt, one a scheme and port."""
    found = await rows(connection, _HOSTS, now=stamp(now), paused=paused)
    copies: dict[str, list[Answer]] = {}
    for copy in await rows(connection, _ROBOTS):
        host = copy["origin"].partition("://")[2]
        bare = host if host.endswith("]") or ":" not in host else host.rpartition(":")[0]
        copies.setdefault(bare, []).append(copy | {"closed": copy["failure"] is not None})
    return [row | {"robots": copies.get(row["host"], [])} for row in found]


async def freshness(connection: AsyncConnection, since: datetime, feed: str | None) -> Answer:
    """Publish → seen → archived, a row a feed and measure; and the days as they were kept."""
    return {
        "feeds": await _by_feed(connection, since, feed),
        "days": await rows(connection, BY_DAY, day=stamp(since)[:10], feed=feed),
    }


async def _by_feed(connection: AsyncConnection, since: datetime, feed: str | None) -> list[Answer]:
    return await rows(connection, BY_FEED, since=stamp(since), feed=feed)


async def failures(connection: AsyncConnection, feed: str | None, limit: int) -> list[Answer]:
    """Items and feeds in trouble, the latest first."""
    return await rows(connection, _FAILURES, feed=feed, limit=limit)


async def runs(connection: AsyncConnection, limit: int) -> list[Answer]:
    """The latest runs, newest first."""
    return await rows(connection, _RUNS, limit=limit)


async def subscriptions(connection: AsyncConnection) -> list[Answer]:
    """Which hub pushes which feed, and how it stands; without secrets."""
    return await rows(connection, _SUBSCRIPTIONS)
