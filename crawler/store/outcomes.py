"""The tables of what came of it: visits, articles, their revisions, and how complete and fresh it is.

``schema`` is where they are imported from, with all the others.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, ForeignKey, Integer, Table, Text, UniqueConstraint

from crawler.store.columns import metadata, needed, refers, texts

captures = Table(
    "captures",
    metadata,
    Column("id", Integer, primary_key=True),
    refers("run_id", "runs.id"),
    refers("item_id", "feed_items.id", needed=True),
    refers("feed_id", "feeds.id", needed=True),  # on whose behalf
    refers("article_id", "articles.id"),
    needed("at"),
    needed("outcome"),  # archived, fallback, unchanged, duplicate, failed
    *texts("stage", "error", "error_kind", "retry_at"),
)

fetches = Table(
    "fetches",
    metadata,
    Column("id", Integer, primary_key=True),
    refers("run_id", "runs.id"),
    refers("poll_id", "polls.id"),
    refers("item_id", "feed_items.id"),
    refers("capture_id", "captures.id"),
    needed("url"),
    needed("at"),
    Column("number", Integer, nullable=False),  # 1: the first try of a visit
    Column("hop", Integer, nullable=False),  # 0: the address asked for
    Column("status", Integer),
    Column("bytes", Integer, nullable=False),  # as received
    Column("seconds", Float, nullable=False),
    *texts("peer", "location", "error"),
)

warc_records = Table(
    "warc_records",
    metadata,
    Column("id", Integer, primary_key=True),
    refers("fetch_id", "fetches.id"),  # null: of a robots.txt
    needed("url"),
    needed("path"),  # of the closed file; while it is written its name ends in .open
    Column("start", Integer, nullable=False),  # bytes
    Column("size", Integer, nullable=False),
    needed("type"),  # response, revisit, conversion; removed: taken down
    needed("sha256"),  # of the body as received; of a conversion: of the file
    needed("written_at"),
    refers("refers_to", "warc_records.id"),  # of a revisit: the response that holds the body
    refers("revision_id", "revisions.id"),  # of a conversion: the revision whose file it is
)

extractions = Table(
    "extractions",
    metadata,
    Column("id", Integer, primary_key=True),
    refers("run_id", "runs.id"),
    refers("item_id", "feed_items.id", needed=True),
    needed("at"),
    needed("origin"),  # page, feed
    needed("extractor"),  # name and version
    *texts("charset", "charset_from"),
    Column("page_url", Text),  # after redirects
    Column("page_sha256", Text),
    *texts("title_from", "date_from", "language"),
    Column("ok", Boolean, nullable=False),
    Column("reasons", Text, nullable=False),  # JSON
    Column("body_from", Text),  # trafilatura, container, embedded state, host rule, feed
    Column("tools", Text),  # all that read it, with versions
    Column("frame_pages", Integer),  # of its host, that were known when it was read
    Column("removed", Text),  # JSON: lines of the host's frame that were taken out, and why
    Column("ruled", Text),  # JSON: what the host's rule did, and looked for in vain
)

articles = Table(
    "articles",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("item_id", ForeignKey("feed_items.id"), nullable=False, unique=True),
    Column("url", Text, nullable=False, unique=True),
    Column("code", Text(collation="NOCASE"), nullable=False, unique=True),
    Column("url_key", Text, unique=True),  # one release is one article
    needed("date"),  # at the first claim: paths stay where they are
    needed("title"),
    Column("source_link", Text),
    needed("source"),
    needed("source_key"),
    needed("state"),  # claimed, archived, fallback
    Column("draft", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),  # newest that is done; 0: none yet
    Column("path", Text),
    Column("sha256", Text),
    Column("size", Integer),
    needed("claimed_at"),
    Column("changed_at", Text),
    Column("notice", Text),  # what its wire said: correction, kill, kill notice, …; page gone
    Column("taken_down_at", Text),
)

revisions = Table(
    "revisions",
    metadata,
    Column("id", Integer, primary_key=True),
    refers("run_id", "runs.id"),
    refers("article_id", "articles.id", needed=True),
    refers("extraction_id", "extractions.id", needed=True),
    Column("number", Integer, nullable=False),
    needed("state"),  # intended, done, superseded, dropped; removed: taken down, its file is gone
    needed("reason"),
    needed("origin"),
    needed("title"),
    needed("date"),
    Column("draft", Boolean, nullable=False),
    needed("path"),
    needed("sha256"),
    Column("size", Integer, nullable=False),
    needed("qrcode_path"),
    needed("qrcode_sha256"),
    Column("qrcode_size", Integer, nullable=False),
    needed("created_at"),
    Column("done_at", Text),
    Column("statement", Text),  # canonical JSON: the leaf of the log (``crawler.statement``)
    Column("notice", Text),
    Column("difference", Text),  # JSON: from the revision before, and its notice
)

fields = Table(
    "fields",
    metadata,
    Column("revision_id", ForeignKey("revisions.id"), primary_key=True),
    Column("field", Text, primary_key=True),
    needed("value"),
    needed("source"),  # "feed.title", "page.h1", "banner", …
    needed("rule"),
    needed("note"),
    Column("losers", Text, nullable=False),  # JSON
    sqlite_with_rowid=False,
)

related = Table(
    "related",  # what one release says of another
    metadata,
    Column("id", Integer, primary_key=True),
    refers("article_id", "articles.id", needed=True),
    needed("kind"),  # corrects, updates, kills, repeats
    refers("other_id", "articles.id"),  # null: not archived, or not found
    Column("told", Text),  # how the other one is named; null: several were as likely, and none is taken
    needed("evidence"),  # the words that say so
    needed("at"),
)

takedowns = Table(
    "takedowns",
    metadata,
    Column("id", Integer, primary_key=True),
    refers("article_id", "articles.id", needed=True),
    needed("at"),
    needed("reason"),
    Column("requested_by", Text),
    needed("removed"),  # JSON: files and raw records, with the digests they had
    Column("done_at", Text),  # null: begun, not finished
)

log_entries = Table(
    "log_entries",  # the Merkle log over revisions (RFC 6962): only ever added to
    metadata,
    Column("id", Integer, primary_key=True),  # 1 for the first leaf
    Column("revision_id", ForeignKey("revisions.id"), unique=True),  # null: its row was lost
    needed("leaf"),  # hash of the statement: SHA-256, hexadecimal
    needed("at"),
)

log_heads = Table(
    "log_heads",
    metadata,
    Column("size", Integer, primary_key=True),  # leaves
    needed("root"),
    needed("at"),
    needed("checkpoint"),  # the signed note
    needed("compact_range"),  # JSON: hashes of the perfect subtrees, from which the tree grows on
)

coverage = Table(
    "coverage",
    metadata,
    Column("id", Integer, primary_key=True),
    refers("feed_id", "feeds.id", needed=True),
    refers("run_id", "runs.id"),
    needed("since"),
    needed("until"),
    needed("method"),
    needed("status"),  # proven, bounded, unknown, gap
    Column("evidence", Text),  # JSON
    UniqueConstraint("feed_id", "method", "since", "until"),
)

freshness = Table(
    "freshness",
    metadata,
    Column("feed_id", ForeignKey("feeds.id"), primary_key=True),
    Column("day", Text, primary_key=True),  # of first sight, UTC
    Column("measure", Text, primary_key=True),  # "published to seen", … (freshness.py)
    Column("items", Integer, nullable=False),
    Column("p50", Float, nullable=False),  # seconds
    Column("p90", Float, nullable=False),
    Column("p99", Float, nullable=False),
    Column("longest", Float, nullable=False),
    sqlite_with_rowid=False,
)
