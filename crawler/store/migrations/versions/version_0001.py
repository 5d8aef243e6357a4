"""The first schema, frozen: a later change is a migration of its own, never an edit of this one."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None

STATEMENTS = (
    """
    CREATE TABLE runs (
        id INTEGER NOT NULL, command TEXT NOT NULL, arguments TEXT NOT NULL, version TEXT NOT NULL,
        process INTEGER NOT NULL, started_at TEXT NOT NULL, ended_at TEXT, outcome TEXT,
        PRIMARY KEY (id)
    )
    """,
    """
    CREATE TABLE hosts (
        host TEXT NOT NULL, lease_epoch INTEGER NOT NULL, lease_until TEXT, PRIMARY KEY (host)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE feeds (
        id INTEGER NOT NULL, name TEXT NOT NULL, url TEXT NOT NULL, source TEXT NOT NULL,
        source_key TEXT NOT NULL, enabled BOOLEAN NOT NULL, host TEXT NOT NULL,
        next_poll_at TEXT NOT NULL, lent_from TEXT, interval_seconds FLOAT, failures INTEGER NOT NULL,
        polled_at TEXT, answered_at TEXT, etag TEXT, last_modified TEXT, body_sha256 TEXT,
        latest_keys TEXT NOT NULL, floor_seconds FLOAT, ceiling_seconds FLOAT, user_agent TEXT,
        format TEXT, title TEXT, link TEXT, language TEXT, hub TEXT, ttl_seconds FLOAT, skip_hours TEXT,
        skip_days TEXT, notes TEXT, last_error TEXT, last_error_kind TEXT, registered_at TEXT NOT NULL,
        PRIMARY KEY (id), UNIQUE (name)
    )
    """,
    """
    CREATE TABLE polls (
        id INTEGER NOT NULL, run_id INTEGER, feed_id INTEGER NOT NULL, at TEXT NOT NULL,
        outcome TEXT NOT NULL, status INTEGER, seen INTEGER NOT NULL, new INTEGER NOT NULL,
        known_share FLOAT, bytes INTEGER NOT NULL, sha256 TEXT, error TEXT, error_kind TEXT,
        possible_gap BOOLEAN NOT NULL, PRIMARY KEY (id), FOREIGN KEY(run_id) REFERENCES runs (id),
        FOREIGN KEY(feed_id) REFERENCES feeds (id)
    )
    """,
    """
    CREATE TABLE feed_items (
        id INTEGER NOT NULL, "key" TEXT NOT NULL, feed_id INTEGER NOT NULL, host TEXT NOT NULL,
        state TEXT NOT NULL, due_at TEXT, dated TEXT NOT NULL, captures INTEGER NOT NULL,
        article_id INTEGER, first_seen TEXT NOT NULL, last_changed TEXT NOT NULL, captured_at TEXT,
        last_error TEXT, last_error_kind TEXT, digest TEXT NOT NULL, previous_digest TEXT,
        changes INTEGER NOT NULL, guid TEXT, link TEXT, source_link TEXT, title TEXT, published TEXT,
        published_raw TEXT, updated TEXT, updated_raw TEXT, author TEXT, language TEXT, categories TEXT,
        enclosures TEXT, summary TEXT, content TEXT, PRIMARY KEY (id), UNIQUE ("key"),
        FOREIGN KEY(feed_id) REFERENCES feeds (id),
        CONSTRAINT article_id_exists FOREIGN KEY(article_id) REFERENCES articles (id)
    )
    """,
    """
    CREATE TABLE sightings (
        item_id INTEGER NOT NULL, feed_id INTEGER NOT NULL, poll_id INTEGER, first_seen TEXT NOT NULL,
        last_seen TEXT, position INTEGER NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (item_id, feed_id),
        FOREIGN KEY(item_id) REFERENCES feed_items (id), FOREIGN KEY(feed_id) REFERENCES feeds (id),
        FOREIGN KEY(poll_id) REFERENCES polls (id)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE captures (
        id INTEGER NOT NULL, run_id INTEGER, item_id INTEGER NOT NULL, feed_id INTEGER NOT NULL,
        article_id INTEGER, at TEXT NOT NULL, outcome TEXT NOT NULL, stage TEXT, error TEXT,
        error_kind TEXT, retry_at TEXT, PRIMARY KEY (id), FOREIGN KEY(run_id) REFERENCES runs (id),
        FOREIGN KEY(item_id) REFERENCES feed_items (id), FOREIGN KEY(feed_id) REFERENCES feeds (id),
        FOREIGN KEY(article_id) REFERENCES articles (id)
    )
    """,
    """
    CREATE TABLE fetches (
        id INTEGER NOT NULL, run_id INTEGER, poll_id INTEGER, item_id INTEGER, capture_id INTEGER,
        url TEXT NOT NULL, at TEXT NOT NULL, number INTEGER NOT NULL, hop INTEGER NOT NULL,
        status INTEGER, bytes INTEGER NOT NULL, seconds FLOAT NOT NULL, peer TEXT, location TEXT,
        error TEXT, PRIMARY KEY (id), FOREIGN KEY(run_id) REFERENCES runs (id),
        FOREIGN KEY(poll_id) REFERENCES polls (id), FOREIGN KEY(item_id) REFERENCES feed_items (id),
        FOREIGN KEY(capture_id) REFERENCES captures (id)
    )
    """,
    """
    CREATE TABLE warc_records (
        id INTEGER NOT NULL, fetch_id INTEGER, path TEXT NOT NULL, start INTEGER NOT NULL,
        size INTEGER NOT NULL, type TEXT NOT NULL, sha256 TEXT, refers_to INTEGER, PRIMARY KEY (id),
        FOREIGN KEY(fetch_id) REFERENCES fetches (id),
        FOREIGN KEY(refers_to) REFERENCES warc_records (id)
    )
    """,
    """
    CREATE TABLE extractions (
        id INTEGER NOT NULL, run_id INTEGER, item_id INTEGER NOT NULL, at TEXT NOT NULL,
        origin TEXT NOT NULL, extractor TEXT NOT NULL, charset TEXT, charset_from TEXT, page_url TEXT,
        page_sha256 TEXT, title_from TEXT, date_from TEXT, language TEXT, ok BOOLEAN NOT NULL,
        reasons TEXT NOT NULL, PRIMARY KEY (id), FOREIGN KEY(run_id) REFERENCES runs (id),
        FOREIGN KEY(item_id) REFERENCES feed_items (id)
    )
    """,
    """
    CREATE TABLE articles (
        id INTEGER NOT NULL, item_id INTEGER NOT NULL, url TEXT NOT NULL,
        code TEXT COLLATE "NOCASE" NOT NULL, url_key TEXT, date TEXT NOT NULL, title TEXT NOT NULL,
        source_link TEXT, source TEXT NOT NULL, source_key TEXT NOT NULL, state TEXT NOT NULL,
        draft BOOLEAN NOT NULL, revision INTEGER NOT NULL, path TEXT, sha256 TEXT, size INTEGER,
        claimed_at TEXT NOT NULL, changed_at TEXT, PRIMARY KEY (id), UNIQUE (item_id),
        FOREIGN KEY(item_id) REFERENCES feed_items (id), UNIQUE (url), UNIQUE (code), UNIQUE (url_key)
    )
    """,
    """
    CREATE TABLE revisions (
        id INTEGER NOT NULL, run_id INTEGER, article_id INTEGER NOT NULL,
        extraction_id INTEGER NOT NULL, number INTEGER NOT NULL, state TEXT NOT NULL,
        reason TEXT NOT NULL, origin TEXT NOT NULL, title TEXT NOT NULL, date TEXT NOT NULL,
        draft BOOLEAN NOT NULL, path TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL,
        qrcode_path TEXT NOT NULL, qrcode_sha256 TEXT NOT NULL, qrcode_size INTEGER NOT NULL,
        created_at TEXT NOT NULL, done_at TEXT, PRIMARY KEY (id),
        FOREIGN KEY(run_id) REFERENCES runs (id), FOREIGN KEY(article_id) REFERENCES articles (id),
        FOREIGN KEY(extraction_id) REFERENCES extractions (id)
    )
    """,
    """
    CREATE TABLE fields (
        revision_id INTEGER NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, source TEXT NOT NULL,
        rule TEXT NOT NULL, note TEXT NOT NULL, losers TEXT NOT NULL, PRIMARY KEY (revision_id, field),
        FOREIGN KEY(revision_id) REFERENCES revisions (id)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE coverage (
        id INTEGER NOT NULL, feed_id INTEGER NOT NULL, run_id INTEGER, since TEXT NOT NULL,
        until TEXT NOT NULL, method TEXT NOT NULL, status TEXT NOT NULL, evidence TEXT,
        PRIMARY KEY (id), UNIQUE (feed_id, method, since, until),
        FOREIGN KEY(feed_id) REFERENCES feeds (id), FOREIGN KEY(run_id) REFERENCES runs (id)
    )
    """,
    "CREATE INDEX hosts_lent ON hosts (host) WHERE lease_until IS NOT NULL",
    "CREATE INDEX feeds_due ON feeds (next_poll_at, host) WHERE enabled = 1",
    "CREATE INDEX feeds_of_host ON feeds (host, next_poll_at) WHERE enabled = 1",
    "CREATE INDEX feeds_lent ON feeds (host) WHERE lent_from IS NOT NULL",
    "CREATE INDEX feed_items_due ON feed_items (host, due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX feed_items_newest ON feed_items (host, dated, due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX feed_items_of_article ON feed_items (article_id) WHERE article_id IS NOT NULL",
    "CREATE INDEX feed_items_in_trouble ON feed_items (captured_at) WHERE last_error IS NOT NULL",
    "CREATE INDEX sightings_of_feed ON sightings (feed_id, item_id)",
    "CREATE INDEX polls_of_feed ON polls (feed_id, id)",
    "CREATE INDEX polls_of_run ON polls (run_id)",
    "CREATE INDEX polls_with_gap ON polls (feed_id) WHERE possible_gap = 1",
    "CREATE INDEX captures_of_run ON captures (run_id)",
    "CREATE INDEX captures_of_item ON captures (item_id)",
    "CREATE INDEX fetches_of_item ON fetches (item_id) WHERE item_id IS NOT NULL",
    "CREATE INDEX fetches_of_poll ON fetches (poll_id) WHERE poll_id IS NOT NULL",
    "CREATE INDEX extractions_of_item ON extractions (item_id)",
    "CREATE INDEX articles_by_date ON articles (date)",
    "CREATE INDEX articles_of_source ON articles (source_key, date)",
    "CREATE UNIQUE INDEX revisions_of_article ON revisions (article_id, number) WHERE state <> 'dropped'",
    "CREATE INDEX revisions_intended ON revisions (article_id) WHERE state = 'intended'",
    "CREATE INDEX revisions_by_path ON revisions (path)",
    """
    CREATE VIEW recent_articles AS
        SELECT a.id, a.date, a.title, a.source, f.name AS feed, a.state, a.source_link, a.url, a.path,
               a.revision, a.changed_at AS archived_at
        FROM articles a
        JOIN feed_items i ON i.id = a.item_id
        JOIN feeds f ON f.id = i.feed_id
        WHERE a.revision > 0
        ORDER BY a.date DESC
    """,
    """
    CREATE VIEW article_provenance AS
        SELECT a.id AS article, a.title, r.number AS revision, r.reason, r.state, r.origin,
               f.name AS feed, f.url AS feed_url, p.at AS polled_at, p.sha256 AS feed_sha256,
               i.id AS feed_item, i.guid, i.link, i.published_raw, i.first_seen,
               e.at AS fetched_at, e.page_url, e.page_sha256, e.extractor, e.charset, e.charset_from,
               e.title_from, e.date_from, e.ok, e.reasons,
               r.path, r.sha256, r.size, r.qrcode_path, r.qrcode_sha256, r.done_at
        FROM revisions r
        JOIN articles a ON a.id = r.article_id
        JOIN extractions e ON e.id = r.extraction_id
        JOIN feed_items i ON i.id = e.item_id
        JOIN feeds f ON f.id = i.feed_id
        LEFT JOIN sightings s ON s.item_id = i.id AND s.feed_id = i.feed_id
        LEFT JOIN polls p ON p.id = s.poll_id
    """,
    """
    CREATE VIEW feed_health AS
        SELECT f.id, f.name, f.source, f.url, f.enabled, f.polled_at AS last_poll,
               f.answered_at AS last_answer, f.next_poll_at AS next_poll, f.interval_seconds, f.failures,
               (SELECT count(*) FROM sightings s WHERE s.feed_id = f.id) AS items,
               (SELECT count(*) FROM sightings s JOIN articles a ON a.item_id = s.item_id
                WHERE s.feed_id = f.id AND a.revision > 0) AS archived,
               (SELECT count(*) FROM polls p WHERE p.feed_id = f.id AND p.possible_gap = 1) AS possible_gaps,
               (SELECT max(s.first_seen) FROM sightings s WHERE s.feed_id = f.id) AS newest_item_seen,
               f.last_error, f.last_error_kind
        FROM feeds f
    """,
    """
    CREATE VIEW gaps AS
        SELECT p.id AS poll, f.name AS feed, p.at AS noticed_at, p.seen, p.new,
               (SELECT max(b.at) FROM polls b
                WHERE b.feed_id = p.feed_id AND b.id < p.id AND b.outcome <> 'failed') AS previous_answer,
               'possible gap' AS status
        FROM polls p
        JOIN feeds f ON f.id = p.feed_id
        WHERE p.possible_gap = 1
    """,
    """
    CREATE VIEW failures AS
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
        WHERE f.last_error IS NOT NULL AND f.enabled = 1
    """,
)


def upgrade() -> None:
    """Make every table, index and view."""
    for statement in STATEMENTS:
        op.execute(statement)
