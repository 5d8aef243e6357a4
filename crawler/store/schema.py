"""The tables, to be read in one sitting, and which version of them this is (views: ``views``).

Instants are ISO-8601 UTC text of one width (``2025-02-26T21:10:16.123456Z``), so that the order of
texts is the order of times; digests are lower-case hexadecimal SHA-256; lists are JSON text.
Plain words and foreign keys: SQL and Datasette read it without us.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, ForeignKey, Integer, MetaData, Table, Text, UniqueConstraint

#: The newest Alembic revision; ``migrations/versions`` leads there in one line.
VERSION = "0002"

metadata = MetaData()


def _refers(name: str, target: str, *, needed: bool = False, later: bool = False) -> Column[int]:
    """A foreign key; ``later`` for the one that closes a circle between two tables."""
    key = ForeignKey(target, use_alter=later, name=f"{name}_exists" if later else None)
    return Column(name, Integer, key, nullable=not needed)


def _needed(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _texts(*names: str) -> list[Column[str]]:
    """Texts that may be missing."""
    return [Column(name, Text) for name in names]


# --------------------------------------------------------------------------- who ran, whom we ask

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    _needed("command"),
    _needed("arguments"),  # JSON
    _needed("version"),
    Column("process", Integer, nullable=False),
    _needed("started_at"),
    Column("ended_at", Text),
    Column("outcome", Text),  # "killed" for a run that never said how it ended
)

hosts = Table(
    "hosts",
    metadata,
    Column("host", Text, primary_key=True),
    Column("lease_epoch", Integer, nullable=False),
    Column("lease_until", Text),  # null: not lent
    sqlite_with_rowid=False,
)

feeds = Table(
    "feeds",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    _needed("url"),
    _needed("source"),
    _needed("source_key"),
    Column("enabled", Boolean, nullable=False),  # 0: no longer in the configuration
    _needed("host"),
    _needed("next_poll_at"),
    Column("lent_from", Text),  # while lent: when it was due
    Column("interval_seconds", Float),
    Column("failures", Integer, nullable=False),  # in a row
    Column("polled_at", Text),
    Column("answered_at", Text),  # the last poll that did not fail
    *_texts("etag", "last_modified", "body_sha256"),
    Column("latest_keys", Text, nullable=False),  # JSON: entry keys of the last poll, in order
    Column("floor_seconds", Float),
    Column("ceiling_seconds", Float),
    Column("user_agent", Text),
    *_texts("format", "title", "link", "language", "hub"),
    Column("ttl_seconds", Float),
    Column("skip_hours", Text),  # JSON
    Column("skip_days", Text),  # JSON
    Column("notes", Text),  # JSON: what was wrong with the bytes
    Column("last_error", Text),
    Column("last_error_kind", Text),
    _needed("registered_at"),
)

polls = Table(
    "polls",
    metadata,
    Column("id", Integer, primary_key=True),
    _refers("run_id", "runs.id"),
    _refers("feed_id", "feeds.id", needed=True),
    _needed("at"),
    _needed("outcome"),  # changed, unchanged, failed
    Column("status", Integer),
    Column("seen", Integer, nullable=False),
    Column("new", Integer, nullable=False),
    Column("known_share", Float),
    Column("bytes", Integer, nullable=False),
    Column("sha256", Text),
    Column("error", Text),
    Column("error_kind", Text),
    Column("possible_gap", Boolean, nullable=False),
)

# --------------------------------------------------------------------------- what they showed

feed_items = Table(
    "feed_items",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    _refers("feed_id", "feeds.id", needed=True),  # that showed it first
    _needed("host"),
    _needed("state"),  # new, retry, archived, fallback, duplicate, failed
    Column("due_at", Text),  # null: nothing to do
    _needed("dated"),  # published, else first_seen
    Column("captures", Integer, nullable=False),  # visits so far
    _refers("article_id", "articles.id", later=True),
    _needed("first_seen"),
    _needed("last_changed"),
    *_texts("captured_at", "last_error", "last_error_kind"),
    _needed("digest"),  # of title, link, summary and content
    Column("previous_digest", Text),
    Column("changes", Integer, nullable=False),
    *_texts("guid", "link", "source_link", "title", "published", "published_raw", "updated", "updated_raw"),
    *_texts("author", "language"),
    Column("categories", Text),  # JSON
    Column("enclosures", Text),  # JSON
    Column("summary", Text),  # long texts last: the rest of a row is read without them
    Column("content", Text),
)

sightings = Table(
    "sightings",
    metadata,
    Column("item_id", ForeignKey("feed_items.id"), primary_key=True),
    Column("feed_id", ForeignKey("feeds.id"), primary_key=True),
    _refers("poll_id", "polls.id"),  # that saw it first
    _needed("first_seen"),
    Column("last_seen", Text),  # null: still in the feed
    Column("position", Integer, nullable=False),  # at first sight
    _needed("digest"),  # of the item as this feed tells it
    sqlite_with_rowid=False,
)

# --------------------------------------------------------------------------- what came of it

captures = Table(
    "captures",
    metadata,
    Column("id", Integer, primary_key=True),
    _refers("run_id", "runs.id"),
    _refers("item_id", "feed_items.id", needed=True),
    _refers("feed_id", "feeds.id", needed=True),  # on whose behalf
    _refers("article_id", "articles.id"),
    _needed("at"),
    _needed("outcome"),  # archived, fallback, unchanged, duplicate, failed
    *_texts("stage", "error", "error_kind", "retry_at"),
)

fetches = Table(
    "fetches",
    metadata,
    Column("id", Integer, primary_key=True),
    _refers("run_id", "runs.id"),
    _refers("poll_id", "polls.id"),
    _refers("item_id", "feed_items.id"),
    _refers("capture_id", "captures.id"),
    _needed("url"),
    _needed("at"),
    Column("number", Integer, nullable=False),  # 1: the first try of a visit
    Column("hop", Integer, nullable=False),  # 0: the address asked for
    Column("status", Integer),
    Column("bytes", Integer, nullable=False),  # as received
    Column("seconds", Float, nullable=False),
    *_texts("peer", "location", "error"),
)

warc_records = Table(
    "warc_records",
    metadata,
    Column("id", Integer, primary_key=True),
    _refers("fetch_id", "fetches.id"),
    _needed("path"),
    Column("start", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    _needed("type"),
    Column("sha256", Text),
    _refers("refers_to", "warc_records.id"),
)

extractions = Table(
    "extractions",
    metadata,
    Column("id", Integer, primary_key=True),
    _refers("run_id", "runs.id"),
    _refers("item_id", "feed_items.id", needed=True),
    _needed("at"),
    _needed("origin"),  # page, feed
    _needed("extractor"),  # name and version
    *_texts("charset", "charset_from"),
    Column("page_url", Text),  # after redirects
    Column("page_sha256", Text),
    *_texts("title_from", "date_from", "language"),
    Column("ok", Boolean, nullable=False),
    Column("reasons", Text, nullable=False),  # JSON
)

articles = Table(
    "articles",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("item_id", ForeignKey("feed_items.id"), nullable=False, unique=True),
    Column("url", Text, nullable=False, unique=True),
    Column("code", Text(collation="NOCASE"), nullable=False, unique=True),
    Column("url_key", Text, unique=True),  # one release is one article
    _needed("date"),  # at the first claim: paths stay where they are
    _needed("title"),
    Column("source_link", Text),
    _needed("source"),
    _needed("source_key"),
    _needed("state"),  # claimed, archived, fallback
    Column("draft", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),  # newest that is done; 0: none yet
    Column("path", Text),
    Column("sha256", Text),
    Column("size", Integer),
    _needed("claimed_at"),
    Column("changed_at", Text),
)

revisions = Table(
    "revisions",
    metadata,
    Column("id", Integer, primary_key=True),
    _refers("run_id", "runs.id"),
    _refers("article_id", "articles.id", needed=True),
    _refers("extraction_id", "extractions.id", needed=True),
    Column("number", Integer, nullable=False),
    _needed("state"),  # intended, done, superseded, dropped
    _needed("reason"),
    _needed("origin"),
    _needed("title"),
    _needed("date"),
    Column("draft", Boolean, nullable=False),
    _needed("path"),
    _needed("sha256"),
    Column("size", Integer, nullable=False),
    _needed("qrcode_path"),
    _needed("qrcode_sha256"),
    Column("qrcode_size", Integer, nullable=False),
    _needed("created_at"),
    Column("done_at", Text),
)

fields = Table(
    "fields",
    metadata,
    Column("revision_id", ForeignKey("revisions.id"), primary_key=True),
    Column("field", Text, primary_key=True),
    _needed("value"),
    _needed("source"),  # "feed.title", "page.h1", "banner", …
    _needed("rule"),
    _needed("note"),
    Column("losers", Text, nullable=False),  # JSON
    sqlite_with_rowid=False,
)

coverage = Table(
    "coverage",
    metadata,
    Column("id", Integer, primary_key=True),
    _refers("feed_id", "feeds.id", needed=True),
    _refers("run_id", "runs.id"),
    _needed("since"),
    _needed("until"),
    _needed("method"),
    _needed("status"),  # proven, bounded, unknown, gap
    Column("evidence", Text),  # JSON
    UniqueConstraint("feed_id", "method", "since", "until"),
)
