"""The tables, to be read in one sitting, and which version of them this is (views: ``views``).

Instants are ISO-8601 UTC text of one width (``2025-02-26T21:10:16.123456Z``), so that the order of
texts is the order of times; digests are lower-case hexadecimal SHA-256; lists are JSON text.
Plain words and foreign keys: SQL and Datasette read it without us.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from crawler.store.columns import metadata, needed, refers, texts
from crawler.store.hosttables import host_frames, host_rules, page_texts, robots
from crawler.store.outcomes import (
    articles,
    captures,
    coverage,
    extractions,
    fetches,
    fields,
    freshness,
    log_entries,
    log_heads,
    related,
    revisions,
    takedowns,
    warc_records,
)

#: The newest Alembic revision; ``migrations/versions`` leads there in one line.
VERSION = "0005"

__all__ = [
    "VERSION",
    "articles",
    "captures",
    "coverage",
    "extractions",
    "feed_addresses",
    "feed_items",
    "feed_pages",
    "feeds",
    "fetches",
    "fields",
    "freshness",
    "host_frames",
    "host_rules",
    "hosts",
    "log_entries",
    "log_heads",
    "metadata",
    "page_texts",
    "polls",
    "related",
    "revisions",
    "robots",
    "runs",
    "sightings",
    "subscriptions",
    "takedowns",
    "warc_records",
]

# --------------------------------------------------------------------------- who ran, whom we ask

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    needed("command"),
    needed("arguments"),  # JSON
    needed("version"),
    Column("process", Integer, nullable=False),
    needed("started_at"),
    Column("ended_at", Text),  # of a killed run when it last kept an answer, if it kept any
    Column("outcome", Text),  # "killed": it never said how it ended; "…, cut short": it cut work off
)

hosts = Table(
    "hosts",
    metadata,
    Column("host", Text, primary_key=True),
    Column("lease_epoch", Integer, nullable=False),
    Column("lease_until", Text),  # null: not lent
    Column("next_allowed_at", Text),  # nothing is sent before; null: never asked
    Column("paused_until", Text),
    Column("pause_status", Integer),  # 0: our own decision
    Column("delay_seconds", Float),  # learned
    Column("request_failures", Integer),  # in a row
    sqlite_with_rowid=False,
)

feeds = Table(
    "feeds",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    needed("url"),
    needed("source"),
    needed("source_key"),
    Column("enabled", Boolean, nullable=False),  # 0: no longer in the configuration
    needed("host"),
    needed("next_poll_at"),
    Column("lent_from", Text),  # while lent: when it was due
    Column("interval_seconds", Float),
    Column("failures", Integer, nullable=False),  # in a row
    Column("polled_at", Text),
    Column("answered_at", Text),  # the last poll that did not fail
    *texts("etag", "last_modified", "body_sha256"),
    Column("latest_keys", Text, nullable=False),  # JSON: entry keys of the last poll, in order
    Column("floor_seconds", Float),
    Column("ceiling_seconds", Float),
    Column("user_agent", Text),
    *texts("format", "title", "link", "language", "hub", "older"),
    Column("older_archived", Boolean),
    Column("ttl_seconds", Float),
    Column("skip_hours", Text),  # JSON
    Column("skip_days", Text),  # JSON
    Column("notes", Text),  # JSON: what was wrong with the bytes
    Column("last_error", Text),
    Column("last_error_kind", Text),
    needed("registered_at"),
    Column("not_before", Text),  # the server's wish
    Column("fresh_seconds", Float),  # of its last response
    Column("failure_weight", Float, nullable=False, server_default=text("0")),  # of the failures in a row
    Column("validators_url", Text),  # who gave them, if not the address asked for
    Column("rhythm", Text),  # JSON: how the feed posts
    Column("fetched_at", Text),  # the last whole body
    Column("not_modified", Integer, nullable=False, server_default=text("0")),  # 304s since then
    Column("probed_at", Text),  # when its 304s were last doubted
    Column("probes", Integer, nullable=False, server_default=text("0")),  # that found it honest
    Column("lying", Boolean, nullable=False, server_default=text("0")),  # its 304s hid items
    Column("moving", Text),  # JSON: a permanent redirect, not yet seen often enough
    Column("moved_to", Text),  # asked instead of url
    Column("gone_at", Text),  # the first of a row of 410s
    Column("gone", Boolean, nullable=False, server_default=text("0")),  # confirmed: asked once a month
    Column("lent_at", Text),  # for a poll that is not settled: a crash leaves it
)

feed_addresses = Table(
    "feed_addresses",  # where a feed that moved was asked, and when
    metadata,
    Column("id", Integer, primary_key=True),
    refers("feed_id", "feeds.id", needed=True),
    needed("url"),
    needed("since"),
    Column("until", Text),  # null: now
    needed("reason"),
)

subscriptions = Table(
    "subscriptions",  # WebSub: who pushes a feed
    metadata,
    Column("feed_id", ForeignKey("feeds.id"), primary_key=True),
    needed("hub"),
    needed("topic"),
    needed("callback"),
    Column("token_sha256", Text, nullable=False, unique=True),  # of the end of the callback's address
    needed("secret"),  # shown by no view
    needed("state"),  # pending, verified, denied, distrusted, ended
    needed("next_at"),  # when the hub is asked (again)
    *texts(
        "requested_at", "verified_at", "lease_until", "called_at", "last_push_at", "missed_at", "not_before"
    ),
    Column("pushes", Integer, nullable=False),
    Column("forged", Integer, nullable=False),
    Column("failures", Integer, nullable=False),  # requests in a row
    Column("note", Text),
)

polls = Table(
    "polls",
    metadata,
    Column("id", Integer, primary_key=True),
    refers("run_id", "runs.id"),
    refers("feed_id", "feeds.id", needed=True),
    needed("at"),
    needed("outcome"),  # changed, unchanged, failed
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

feed_pages = Table(
    "feed_pages",  # of the feeds' past: RFC 5005
    metadata,
    Column("id", Integer, primary_key=True),
    refers("feed_id", "feeds.id", needed=True),
    refers("run_id", "runs.id"),  # that asked for it last
    needed("url"),
    Column("archived", Boolean, nullable=False),  # its content never changes
    needed("state"),  # read, failed
    needed("at"),
    Column("older", Text),  # where it led
    Column("older_archived", Boolean, nullable=False),
    *texts("oldest", "newest"),  # dates of its entries
    Column("seen", Integer, nullable=False),
    Column("new", Integer, nullable=False),
    *texts("error", "error_kind"),
    UniqueConstraint("feed_id", "url"),
)

# --------------------------------------------------------------------------- what they showed

feed_items = Table(
    "feed_items",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    refers("feed_id", "feeds.id", needed=True),  # that showed it first
    needed("host"),
    needed("state"),  # new, retry, archived, fallback, duplicate, failed
    Column("due_at", Text),  # null: nothing to do
    needed("dated"),  # published, else first_seen
    Column("captures", Integer, nullable=False),  # visits so far
    refers("article_id", "articles.id", later=True),
    needed("first_seen"),
    needed("last_changed"),
    *texts("captured_at", "last_error", "last_error_kind"),
    needed("digest"),  # of title, link, summary and content
    Column("previous_digest", Text),
    Column("changes", Integer, nullable=False),
    *texts("guid", "link", "source_link", "title", "published", "published_raw", "updated", "updated_raw"),
    *texts("author", "language"),
    Column("categories", Text),  # JSON
    Column("enclosures", Text),  # JSON
    Column("summary", Text),  # long texts last: the rest of a row is read without them
    Column("content", Text),
    Column("recheck_at", Text),  # an archived page is looked at again; null: no more
    Column("rechecks", Integer, nullable=False, server_default=text("0")),  # so far, since it last changed
    Column("churn", Integer, nullable=False, server_default=text("0")),  # edits that were none
    *texts("page_etag", "page_modified", "page_validated"),  # the page's validators, and when they held last
    Column("page_validators_url", Text),  # who gave them, if not the address asked for
)

sightings = Table(
    "sightings",
    metadata,
    Column("item_id", ForeignKey("feed_items.id"), primary_key=True),
    Column("feed_id", ForeignKey("feeds.id"), primary_key=True),
    refers("poll_id", "polls.id"),  # that saw it first
    needed("first_seen"),
    Column("last_seen", Text),  # null: still in the feed
    Column("position", Integer, nullable=False),  # at first sight
    needed("digest"),  # of the item as this feed tells it
    sqlite_with_rowid=False,
)
