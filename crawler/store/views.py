"""The ways into the tables: indexes for the crawler's questions, views for people's.

Partial indexes hold only what is pending, so that finding due work costs the same whether a
thousand or a million articles stand in the archive.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, text

from crawler.store import freshness
from crawler.store.schema import (
    articles,
    captures,
    extractions,
    feed_items,
    feeds,
    fetches,
    hosts,
    polls,
    related,
    revisions,
    sightings,
    warc_records,
)


def _partial(name: str, *columns: Column[str] | Column[int], where: str, unique: bool = False) -> Index:
    return Index(name, *columns, unique=unique, sqlite_where=text(where))


_item, _feed = feed_items.c, feeds.c

INDEXES = (
    _partial("hosts_lent", hosts.c.host, where="lease_until IS NOT NULL"),
    _partial("feeds_due", _feed.next_poll_at, _feed.host, where="enabled = 1"),
    _partial("feeds_of_host", _feed.host, _feed.next_poll_at, where="enabled = 1"),
    _partial("feeds_lent", _feed.host, where="lent_from IS NOT NULL"),
    _partial("feed_items_due", _item.host, _item.due_at, where="due_at IS NOT NULL"),
    _partial("feed_items_newest", _item.host, _item.dated, _item.due_at, where="due_at IS NOT NULL"),
    _partial("feed_items_recheck", _item.host, _item.recheck_at, where="recheck_at IS NOT NULL"),
    _partial(
        "feed_items_rechecks", _item.recheck_at, _item.host, _item.due_at, where="recheck_at IS NOT NULL"
    ),
    _partial("feed_items_of_article", _item.article_id, where="article_id IS NOT NULL"),
    Index("feed_items_by_sight", _item.first_seen),
    _partial("feed_items_in_trouble", _item.captured_at, where="last_error IS NOT NULL"),
    Index("sightings_of_feed", sightings.c.feed_id, sightings.c.item_id),
    Index("polls_of_feed", polls.c.feed_id, polls.c.id),
    Index("polls_of_run", polls.c.run_id),
    _partial("polls_with_gap", polls.c.feed_id, where="possible_gap = 1"),
    Index("captures_of_run", captures.c.run_id),
    Index("captures_of_item", captures.c.item_id),
    _partial("fetches_of_item", fetches.c.item_id, where="item_id IS NOT NULL"),
    _partial("fetches_of_poll", fetches.c.poll_id, where="poll_id IS NOT NULL"),
    _partial("warc_records_of_fetch", warc_records.c.fetch_id, where="fetch_id IS NOT NULL"),
    _partial("warc_records_of_revision", warc_records.c.revision_id, where="revision_id IS NOT NULL"),
    Index("warc_records_by_place", warc_records.c.path, warc_records.c.start),
    _partial("warc_records_by_body", warc_records.c.sha256, where="type = 'response'"),
    Index("related_to_article", related.c.article_id),
    _partial("related_to_other", related.c.other_id, where="other_id IS NOT NULL"),
    _partial("related_open", related.c.at, where="other_id IS NULL"),
    _partial(
        "revisions_changed",
        revisions.c.done_at,
        where="(number > 1 OR notice IS NOT NULL) AND state <> 'dropped'",
    ),
    Index("extractions_of_item", extractions.c.item_id),
    Index("articles_by_date", articles.c.date),
    Index("articles_of_source", articles.c.source_key, articles.c.date),
    _partial("articles_noticed", articles.c.source_key, articles.c.date, where="notice IS NOT NULL"),
    _partial(
        "revisions_of_article",
        revisions.c.article_id,
        revisions.c.number,
        where="state <> 'dropped'",
        unique=True,
    ),
    _partial("revisions_intended", revisions.c.article_id, where="state = 'intended'"),
    _partial("revisions_unstated", revisions.c.id, where="statement IS NULL AND done_at IS NOT NULL"),
    Index("revisions_by_path", revisions.c.path),
)

VIEWS = {
    "feed_subscriptions": """
        SELECT f.id AS feed_id, f.name AS feed, s.state, s.hub, s.topic, s.requested_at, s.verified_at,
               s.lease_until, s.next_at, s.last_push_at, s.pushes, s.forged, s.failures, s.note
        FROM subscriptions s
        JOIN feeds f ON f.id = s.feed_id""",
    "recent_articles": """
        SELECT a.id, a.date, a.title, a.source, f.name AS feed, a.state, a.source_link, a.url, a.path,
               a.revision, a.changed_at AS archived_at
        FROM articles a
        JOIN feed_items i ON i.id = a.item_id
        JOIN feeds f ON f.id = i.feed_id
        WHERE a.revision > 0
        ORDER BY a.date DESC""",
    "article_provenance": """
        SELECT a.id AS article, a.title, r.number AS revision, r.reason, r.state, r.origin,
               f.name AS feed, f.url AS feed_url, p.at AS polled_at, p.sha256 AS feed_sha256,
               i.id AS feed_item, i.guid, i.link, i.published_raw, i.first_seen,
               e.at AS fetched_at, e.page_url, e.page_sha256, e.extractor, e.charset, e.charset_from,
               e.title_from, e.date_from, e.ok, e.reasons,
               w.path AS raw_file, w.start AS raw_start, w.size AS raw_size, w.sha256 AS raw_sha256,
               r.path, r.sha256, r.size, r.qrcode_path, r.qrcode_sha256, r.done_at
        FROM revisions r
        JOIN articles a ON a.id = r.article_id
        JOIN extractions e ON e.id = r.extraction_id
        JOIN feed_items i ON i.id = e.item_id
        JOIN feeds f ON f.id = i.feed_id
        LEFT JOIN sightings s ON s.item_id = i.id AND s.feed_id = i.feed_id
        LEFT JOIN polls p ON p.id = s.poll_id
        LEFT JOIN warc_records w ON w.id = (
            SELECT kept.id FROM fetches t JOIN warc_records kept ON kept.fetch_id = t.id
            WHERE t.item_id = e.item_id AND t.at <= e.at AND e.origin = 'page'
            ORDER BY t.id DESC LIMIT 1)""",
    "feed_health": """
        SELECT f.id, f.name, f.source, f.url, f.enabled, f.polled_at AS last_poll,
               f.answered_at AS last_answer, f.next_poll_at AS next_poll, f.interval_seconds, f.failures,
               (SELECT count(*) FROM sightings s WHERE s.feed_id = f.id) AS items,
               (SELECT count(*) FROM sightings s JOIN articles a ON a.item_id = s.item_id
                WHERE s.feed_id = f.id AND a.revision > 0) AS archived,
               (SELECT count(*) FROM polls p WHERE p.feed_id = f.id AND p.possible_gap = 1) AS possible_gaps,
               (SELECT max(s.first_seen) FROM sightings s WHERE s.feed_id = f.id) AS newest_item_seen,
               f.last_error, f.last_error_kind, f.not_before, f.moved_to, f.gone, f.lying,
               f.answered_at IS NOT NULL AND f.etag IS NULL AND f.last_modified IS NULL AS no_validators,
               f.longest_pause_days,
               f.enabled = 1 AND coalesce(julianday('now') - julianday(
                   (SELECT max(s.first_seen) FROM sightings s WHERE s.feed_id = f.id)
               ) > 3 * max(1, f.longest_pause_days), 0) AS silent
        FROM (SELECT *, (
            SELECT max(pause) FROM (
                SELECT julianday(dated) - lag(julianday(dated)) OVER (ORDER BY dated) AS pause FROM (
                    SELECT i.dated FROM sightings s JOIN feed_items i ON i.id = s.item_id
                    WHERE s.feed_id = feeds.id ORDER BY s.item_id DESC LIMIT 50))
            HAVING count(pause) >= 4) AS longest_pause_days FROM feeds) f""",
    "feed_freshness": freshness.VIEW,
    "gaps": """
        SELECT p.id AS poll, f.name AS feed, p.at AS noticed_at, p.seen, p.new,
               (SELECT max(b.at) FROM polls b
                WHERE b.feed_id = p.feed_id AND b.id < p.id AND b.outcome <> 'failed') AS previous_answer,
               'possible gap' AS status
        FROM polls p
        JOIN feeds f ON f.id = p.feed_id
        WHERE p.possible_gap = 1""",
    "failures": """
        SELECT 'item' AS kind, i.id, f.name AS feed, i.host, i.state, i.title, i.source_link AS url,
               i.captures AS visits, i.captured_at AS at, i.due_at AS retry_at,
               i.last_error_kind AS error_kind, i.last_error AS error
        FROM feed_items i
        JOIN feeds f ON f.id = i.feed_id
        WHERE i.last_error IS NOT NULL
        UNION ALL
        SELECT 'feed', f.id, f.name, f.host, 'failing', f.title, f.url,
               f.failures, f.polled_at, f.next_poll_at, f.last_error_kind, f.last_error
        FROM feeds f
        WHERE f.last_error IS NOT NULL AND f.enabled = 1""",
}

#: What was taken down is never captured again, and the feed's own copy of it never comes back, whoever writes.
TRIGGERS = {
    "taken_down_stays": """
        CREATE TRIGGER taken_down_stays AFTER UPDATE OF due_at, recheck_at, summary, content, article_id ON feed_items
        WHEN coalesce(NEW.due_at, NEW.recheck_at, NEW.summary, NEW.content) IS NOT NULL
            AND ((SELECT taken_down_at FROM articles WHERE id = NEW.article_id) IS NOT NULL
                 OR (SELECT taken_down_at FROM articles WHERE item_id = NEW.id) IS NOT NULL)
        BEGIN
            UPDATE feed_items SET due_at = NULL, recheck_at = NULL, summary = NULL, content = NULL
            WHERE id = NEW.id;
        END"""
}
