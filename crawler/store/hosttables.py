"""The tables of what is known of a host and its pages: robots.txt, lines and texts that recur, rules.

``schema`` is where they are imported from, with all the others.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, Table, Text

from crawler.store.columns import metadata, needed, texts

robots = Table(
    "robots",
    metadata,
    Column("origin", Text, primary_key=True),
    needed("fetched_at"),
    Column("status", Integer),  # null: no answer
    Column("body", LargeBinary, nullable=False),
    *texts("sha256", "failure", "failing_since"),
)

host_frames = Table(
    "host_frames",  # lines that recur on a host's pages
    metadata,
    Column("host", Text, primary_key=True),
    Column("pages", Integer, nullable=False),  # that are remembered
    Column("learnt", Integer, nullable=False),  # altogether
    Column("keys", LargeBinary, nullable=False),  # of the lines of each page
    needed("lines"),  # JSON: of the lines that recur, on how many pages and how it begins
    needed("changed_at"),
    sqlite_with_rowid=False,
)

page_texts = Table(
    "page_texts",  # of pages that are not plainly what was announced: does the host show one text for several?
    metadata,
    Column("host", Text, primary_key=True),
    Column("text", Text, primary_key=True),  # digest of its words
    Column("item_id", ForeignKey("feed_items.id"), primary_key=True),
    needed("url"),  # where, by its identity
    needed("at"),  # when first
    sqlite_with_rowid=False,
)

host_rules = Table(
    "host_rules",  # what the rules of the configuration did
    metadata,
    Column("host", Text, primary_key=True),
    Column("matched", Integer, nullable=False),  # pages
    Column("missed", Integer, nullable=False),  # in a row, since it last matched whole
    *texts("matched_at", "missed_at", "missed_url"),
    needed("missing"),  # JSON: what it looked for in vain the last time
    sqlite_with_rowid=False,
)
