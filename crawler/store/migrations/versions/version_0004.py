"""The raw archive: where every response lies, and that provenance leads there.  What is known of hosts.

No release before wrote ``warc_records``, so it is made anew.
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"

STATEMENTS: tuple[str, ...] = (
    "DROP VIEW article_provenance",
    "DROP TABLE warc_records",
    """
    CREATE TABLE warc_records (
        id INTEGER NOT NULL, fetch_id INTEGER, url TEXT NOT NULL, path TEXT NOT NULL, start INTEGER NOT NULL,
        size INTEGER NOT NULL, type TEXT NOT NULL, sha256 TEXT NOT NULL, written_at TEXT NOT NULL,
        refers_to INTEGER, PRIMARY KEY (id), FOREIGN KEY(fetch_id) REFERENCES fetches (id),
        FOREIGN KEY(refers_to) REFERENCES warc_records (id)
    )
    """,
    "CREATE INDEX warc_records_of_fetch ON warc_records (fetch_id) WHERE fetch_id IS NOT NULL",
    "CREATE INDEX warc_records_by_body ON warc_records (sha256) WHERE type = 'response'",
    """
    CREATE VIEW article_provenance AS
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
            ORDER BY t.id DESC LIMIT 1)
    """,
    "ALTER TABLE extractions ADD COLUMN body_from TEXT",
    "ALTER TABLE extractions ADD COLUMN tools TEXT",
    "ALTER TABLE extractions ADD COLUMN frame_pages INTEGER",
    "ALTER TABLE extractions ADD COLUMN removed TEXT",
    "ALTER TABLE extractions ADD COLUMN ruled TEXT",
    """
    CREATE TABLE host_frames (
        host TEXT NOT NULL, pages INTEGER NOT NULL, learnt INTEGER NOT NULL, keys BLOB NOT NULL,
        lines TEXT NOT NULL, changed_at TEXT NOT NULL, PRIMARY KEY (host)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE page_texts (
        host TEXT NOT NULL, text TEXT NOT NULL, item_id INTEGER NOT NULL, url TEXT NOT NULL, at TEXT NOT NULL,
        PRIMARY KEY (host, text, item_id), FOREIGN KEY(item_id) REFERENCES feed_items (id)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE host_rules (
        host TEXT NOT NULL, matched INTEGER NOT NULL, missed INTEGER NOT NULL, matched_at TEXT,
        missed_at TEXT, missed_url TEXT, missing TEXT NOT NULL, PRIMARY KEY (host)
    ) WITHOUT ROWID
    """,
)


def upgrade() -> None:
    """Make the raw archive's table and the view anew; add what is known of hosts."""
    for statement in STATEMENTS:
        op.execute(statement)
