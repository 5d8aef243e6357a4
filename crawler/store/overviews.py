"""Overviews for people: numbers, feeds, hosts, freshness, failures, runs; asked through ``search``."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from crawler.store.answers import Answer, rows
from crawler.store.freshness import BY_DAY, BY_FEED
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
#: The view ``feed_health``, quicker: of each feed its latest sightings are looked at, and each thing once.
_FEEDS = text("""
    WITH latest AS (
        SELECT f.id AS feed_id, i.dated, s.first_seen
        FROM feeds f
        CROSS JOIN sightings s ON s.feed_id = f.id AND s.item_id >= coalesce((
            SELECT l.item_id FROM sightings l WHERE l.feed_id = f.id ORDER BY l.item_id DESC LIMIT 1 OFFSET 49), 0)
        CROSS JOIN feed_items i ON i.id = s.item_id
    ), pauses AS (
        SELECT feed_id, first_seen,
               julianday(dated) - lag(julianday(dated)) OVER (PARTITION BY feed_id ORDER BY dated) AS pause
        FROM latest
    ), known AS MATERIALIZED (
        SELECT feed_id, max(first_seen) AS newest,
               CASE WHEN count(pause) >= 4 THEN max(pause) END AS longest
        FROM pauses GROUP BY feed_id
    )
    SELECT f.id, f.name, f.source, f.url, f.enabled, f.polled_at AS last_poll,
           f.answered_at AS last_answer, f.next_poll_at AS next_poll, f.interval_seconds, f.failures,
           (SELECT count(*) FROM sightings s WHERE s.feed_id = f.id) AS items,
           (SELECT count(*) FROM sightings s JOIN articles a ON a.item_id = s.item_id
            WHERE s.feed_id = f.id AND a.revision > 0) AS archived,
           (SELECT count(*) FROM polls p WHERE p.feed_id = f.id AND p.possible_gap = 1) AS possible_gaps,
           k.newest AS newest_item_seen,
           f.last_error, f.last_error_kind, f.not_before, f.moved_to, f.gone, f.lying,
           f.answered_at IS NOT NULL AND f.etag IS NULL AND f.last_modified IS NULL AS no_validators,
           k.longest AS longest_pause_days,
           f.enabled = 1 AND coalesce(
               julianday('now') - julianday(k.newest) > 3 * max(1, k.longest), 0) AS silent
    FROM feeds f LEFT JOIN known k ON k.feed_id = f.id
    ORDER BY f.enabled DESC, f.name""")
#: Half of each feed's newest items since a moment were found within so many seconds of their publishing.
_HALVES = text("""
    WITH delays AS (
        SELECT f.id AS feed_id, (julianday(i.first_seen) - julianday(i.published)) * 86400 AS seconds
        FROM feeds f
        CROSS JOIN sightings s ON s.feed_id = f.id AND s.item_id >= coalesce((
            SELECT l.item_id FROM sightings l WHERE l.feed_id = f.id ORDER BY l.item_id DESC LIMIT 1 OFFSET 99), 0)
        CROSS JOIN feed_items i ON i.id = s.item_id AND i.feed_id = f.id
        WHERE i.first_seen >= :since AND i.published <= i.first_seen AND i.published > (
            SELECT p.at FROM polls p WHERE p.feed_id = f.id AND p.outcome <> 'failed' ORDER BY p.id LIMIT 1)
    ), ranked AS (
        SELECT feed_id, seconds, count(*) OVER of_all AS items,
               row_number() OVER (of_all ORDER BY seconds) AS place
        FROM delays WINDOW of_all AS (PARTITION BY feed_id)
    )
    SELECT feed_id, round(min(CASE WHEN place * 2 >= items THEN seconds END), 3) AS p50
    FROM ranked GROUP BY feed_id""")
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

_FRAMES = text("""
    SELECT h.host, h.pages, h.learnt, h.changed_at, l.key, l.value ->> 0 AS stands_on, l.value ->> 1 AS line
    FROM host_frames h LEFT JOIN json_each(h.lines) l
    WHERE :host IS NULL OR h.host = :host
    ORDER BY h.host, stands_on DESC, line""")
_RULES = text("SELECT * FROM host_rules ORDER BY missed DESC, host")
_SUBSCRIPTIONS = text("SELECT * FROM feed_subscriptions ORDER BY feed")


async def stats(connection: AsyncConnection) -> Answer:
    """What the archive holds, in numbers; ``sources`` a row each, ``last_run`` if there was one."""
    [numbers] = await rows(connection, _STATS)
    last = await rows(connection, _LAST_RUN)
    sources = await rows(connection, _SOURCES)
    return numbers | {"sources": sources, "last_run": last[0] if last else None}


async def feeds(connection: AsyncConnection, since: datetime | None) -> list[Answer]:
    """How each feed is doing, and how fresh its newest hundred items since a moment were."""
    found = await rows(connection, _FEEDS)
    fresh = await rows(connection, _HALVES, since=stamp(since)) if since else []
    halves = {row["feed_id"]: row["p50"] for row in fresh}
    return [row | {"fresh_p50": halves.get(row["id"])} for row in found]


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


async def furniture(connection: AsyncConnection, host: str | None) -> list[Answer]:
    """The lines that recur on hosts' pages, the most frequent first; a row without a line for a host without any."""
    return await rows(connection, _FRAMES, host=host)


async def rules(connection: AsyncConnection) -> list[Answer]:
    """What the rules for hosts did, those that stopped matching first."""
    return await rows(connection, _RULES)
