"""Politeness over restarts: hosts remember when they may be asked, feeds what they told of time."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

#: What is owed to hosts, and their robots.txt.
HOSTS: tuple[str, ...] = (
    "ALTER TABLE hosts ADD COLUMN next_allowed_at TEXT",
    "ALTER TABLE hosts ADD COLUMN paused_until TEXT",
    "ALTER TABLE hosts ADD COLUMN pause_status INTEGER",
    "ALTER TABLE hosts ADD COLUMN delay_seconds FLOAT",
    "ALTER TABLE hosts ADD COLUMN request_failures INTEGER",
    """
    CREATE TABLE robots (
        origin TEXT NOT NULL, fetched_at TEXT NOT NULL, status INTEGER, body BLOB NOT NULL, sha256 TEXT,
        failure TEXT, failing_since TEXT, PRIMARY KEY (origin)
    )
    """,
    "ALTER TABLE feeds ADD COLUMN lent_at TEXT",
    """
    CREATE TABLE freshness (
        feed_id INTEGER NOT NULL, day TEXT NOT NULL, measure TEXT NOT NULL, items INTEGER NOT NULL,
        p50 FLOAT NOT NULL, p90 FLOAT NOT NULL, p99 FLOAT NOT NULL, longest FLOAT NOT NULL,
        PRIMARY KEY (feed_id, day, measure), FOREIGN KEY(feed_id) REFERENCES feeds (id)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX feed_items_by_sight ON feed_items (first_seen)",
)
#: What feeds told of time, where they moved, how they post.
FEEDS: tuple[str, ...] = (
    "ALTER TABLE feeds ADD COLUMN not_before TEXT",
    "ALTER TABLE feeds ADD COLUMN fresh_seconds FLOAT",
    "ALTER TABLE feeds ADD COLUMN failure_weight FLOAT DEFAULT 0 NOT NULL",
    "ALTER TABLE feeds ADD COLUMN validators_url TEXT",
    "ALTER TABLE feeds ADD COLUMN rhythm TEXT",
    "ALTER TABLE feeds ADD COLUMN fetched_at TEXT",
    "ALTER TABLE feeds ADD COLUMN not_modified INTEGER DEFAULT 0 NOT NULL",
    "ALTER TABLE feeds ADD COLUMN probed_at TEXT",
    "ALTER TABLE feeds ADD COLUMN probes INTEGER DEFAULT 0 NOT NULL",
    "ALTER TABLE feeds ADD COLUMN lying BOOLEAN DEFAULT 0 NOT NULL",
    "ALTER TABLE feeds ADD COLUMN moving TEXT",
    "ALTER TABLE feeds ADD COLUMN moved_to TEXT",
    "ALTER TABLE feeds ADD COLUMN gone_at TEXT",
    "ALTER TABLE feeds ADD COLUMN gone BOOLEAN DEFAULT 0 NOT NULL",
    """
    CREATE TABLE feed_addresses (
        id INTEGER NOT NULL, feed_id INTEGER NOT NULL, url TEXT NOT NULL, since TEXT NOT NULL,
        until TEXT, reason TEXT NOT NULL, PRIMARY KEY (id), FOREIGN KEY(feed_id) REFERENCES feeds (id)
    )
    """,
)

#: Pages of the feeds' past.
PAGES: tuple[str, ...] = (
    "ALTER TABLE feeds ADD COLUMN older TEXT",
    "ALTER TABLE feeds ADD COLUMN older_archived BOOLEAN",
    """
    CREATE TABLE feed_pages (
        id INTEGER NOT NULL, feed_id INTEGER NOT NULL, run_id INTEGER, url TEXT NOT NULL,
        archived BOOLEAN NOT NULL, state TEXT NOT NULL, at TEXT NOT NULL, older TEXT,
        older_archived BOOLEAN NOT NULL, oldest TEXT, newest TEXT, seen INTEGER NOT NULL,
        new INTEGER NOT NULL, error TEXT, error_kind TEXT, PRIMARY KEY (id), UNIQUE (feed_id, url),
        FOREIGN KEY(feed_id) REFERENCES feeds (id), FOREIGN KEY(run_id) REFERENCES runs (id)
    )
    """,
)

#: How feeds are doing, told anew.
VIEWS: tuple[str, ...] = (
    "DROP VIEW feed_health",
    """
    CREATE VIEW feed_health AS
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
            HAVING count(pause) >= 4) AS longest_pause_days FROM feeds) f
    """,
    """
    CREATE VIEW feed_freshness AS
        WITH items AS (
        SELECT i.feed_id, substr(i.first_seen, 1, 10) AS day, julianday(i.first_seen) AS seen,
               CASE WHEN i.published <= i.first_seen AND i.published > (
                   SELECT p.at FROM polls p WHERE p.feed_id = i.feed_id AND p.outcome <> 'failed'
                   ORDER BY p.id LIMIT 1) THEN julianday(i.published) END AS published,
               (SELECT julianday(r.done_at) FROM articles a JOIN revisions r ON r.article_id = a.id
                WHERE a.item_id = i.id AND r.number = 1 AND r.state <> 'dropped') AS archived
        FROM feed_items i
    ), delays AS (
        SELECT feed_id, day, 'published to seen' AS measure, (seen - published) * 86400 AS seconds
        FROM items WHERE published IS NOT NULL
        UNION ALL
        SELECT feed_id, day, 'published to archived', (archived - published) * 86400
        FROM items WHERE published IS NOT NULL AND archived IS NOT NULL
        UNION ALL
        SELECT feed_id, day, 'seen to archived', (archived - seen) * 86400
        FROM items WHERE archived IS NOT NULL
    ), ranked AS (
        SELECT feed_id, day, measure, seconds, count(*) OVER of_all AS items,
               row_number() OVER (of_all ORDER BY seconds) AS place
        FROM delays WINDOW of_all AS (PARTITION BY feed_id, measure)
    )
    SELECT f.name AS feed,
    measure, items,
           round(min(CASE WHEN place * 100 >= items * 50 THEN seconds END), 3) AS p50,
           round(min(CASE WHEN place * 100 >= items * 90 THEN seconds END), 3) AS p90,
           round(min(CASE WHEN place * 100 >= items * 99 THEN seconds END), 3) AS p99,
           round(max(seconds), 3) AS longest
    FROM ranked JOIN feeds f ON f.id = ranked.feed_id
    GROUP BY feed_id, measure
    """,
)


def upgrade() -> None:
    """Add what is missing; nothing that is there is changed."""
    for statement in (*HOSTS, *FEEDS, *PAGES, *VIEWS):
        op.execute(statement)
