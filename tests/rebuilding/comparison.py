"""Two databases of one archive, table by table and row by row: what differs, but for what cannot come again.

Rows are known by what they are of (a feed's name, an item's key, a record's place), never by numbers of
their own; an item's, an article's and a revision's number are part of what is compared.  ``ABOUT`` are
moments that nothing kept tells exactly: these may differ by as long as a poll or a visit may take.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

#: Table → a question; the first column is the row's name, ``about_…`` may differ by ``SLACK``.
QUESTIONS = {
    "runs": "SELECT id AS row FROM runs WHERE id IN (SELECT run_id FROM fetches t JOIN warc_records w ON w.fetch_id = t.id)",
    "feeds": """
        SELECT name AS row, url, source, source_key, enabled, host, etag, last_modified, validators_url, body_sha256,
               latest_keys, floor_seconds, ceiling_seconds, user_agent, format, title, link, language, hub, older,
               older_archived, ttl_seconds, skip_hours, skip_days, notes, moved_to, gone,
               (SELECT p.status FROM polls p WHERE p.feed_id = feeds.id AND p.outcome <> 'failed'
                ORDER BY p.id DESC LIMIT 1) AS hint_status
        FROM feeds""",
    "polls": """
        SELECT f.name || ' ' || row_number() OVER (PARTITION BY f.id ORDER BY p.id) AS row, p.outcome, p.status,
               p.seen, p.new, p.known_share, p.bytes, p.sha256, p.possible_gap, p.run_id, p.error_kind, p.at AS about_at
        FROM polls p JOIN feeds f ON f.id = p.feed_id WHERE p.status = 200 AND EXISTS (
            SELECT 1 FROM fetches t JOIN warc_records w ON w.fetch_id = t.id WHERE t.poll_id = p.id)""",
    "feed_pages": """
        SELECT f.name || ' ' || p.url AS row, p.archived, p.state, p.older, p.older_archived, p.oldest, p.newest,
               p.seen, p.new, p.run_id, p.error_kind, p.at AS about_at
        FROM feed_pages p JOIN feeds f ON f.id = p.feed_id WHERE p.state = 'read'""",
    "feed_items": """
        SELECT i.key AS row, i.id, f.name AS feed, i.host, i.article_id, i.digest, i.previous_digest, i.changes,
               i.guid, i.link, i.source_link, i.title, i.published, i.published_raw, i.updated, i.updated_raw, i.author,
               i.language, i.categories, i.enclosures, i.summary, i.content,
               i.dated AS about_dated, i.first_seen AS about_first_seen, i.last_changed AS about_last_changed
        FROM feed_items i JOIN feeds f ON f.id = i.feed_id""",
    "feed_items with an article": """
        SELECT key AS row, state, captures, due_at IS NULL AS at_rest, last_error, last_error_kind,
               page_etag, page_modified, captured_at AS about_captured_at
        FROM feed_items WHERE article_id IS NOT NULL""",
    "sightings": """
        SELECT f.name || ' ' || i.key AS row, s.position, s.digest, s.last_seen IS NULL AS is_there,
               s.first_seen AS about_first_seen
        FROM sightings s JOIN feeds f ON f.id = s.feed_id JOIN feed_items i ON i.id = s.item_id""",
    "fetches": """
        SELECT w.path || ' ' || w.start AS row, t.url, t.at, t.status, t.bytes, t.peer, t.hop, t.location, t.item_id,
               t.run_id, t.poll_id IS NULL AS of_no_poll, t.capture_id IS NULL AS of_no_capture
        FROM fetches t JOIN warc_records w ON w.fetch_id = t.id""",
    "warc_records": """
        SELECT w.path || ' ' || w.start AS row, w.url, w.size, w.type, w.sha256, w.fetch_id IS NULL AS of_no_fetch,
               o.path || ' ' || o.start AS refers_to, r.article_id AS article, r.number, w.written_at AS about_written_at
        FROM warc_records w LEFT JOIN warc_records o ON o.id = w.refers_to
        LEFT JOIN revisions r ON r.id = w.revision_id""",
    "articles": """
        SELECT id AS row, item_id, url, code, url_key, date, title, source_link, source, source_key, state, draft, revision,
               path, sha256, size, notice, taken_down_at, claimed_at AS about_claimed_at, changed_at AS about_changed_at
        FROM articles WHERE revision > 0""",
    "revisions": """
        SELECT article_id || ' ' || number AS row, state, reason, origin, title, date, draft, path, sha256, size,
               qrcode_path, qrcode_sha256, qrcode_size, created_at, statement, notice, difference,
               CASE WHEN reason NOT IN ('re-extraction', 'taken down') THEN run_id END AS run,
               done_at AS about_done_at
        FROM revisions WHERE state <> 'dropped'""",
    "extractions": """
        SELECT r.article_id || ' ' || r.number AS row, e.item_id, e.at, e.origin, e.extractor, e.charset, e.charset_from,
               e.page_url, e.page_sha256, e.title_from, e.date_from, e.language, e.ok, e.reasons, e.body_from, e.tools,
               e.frame_pages, e.removed, e.ruled
        FROM extractions e JOIN revisions r ON r.extraction_id = e.id WHERE r.state <> 'dropped'""",
    "fields": """
        SELECT r.article_id || ' ' || r.number || ' ' || d.field AS row, d.value, d.source, d.rule, d.note, d.losers
        FROM fields d JOIN revisions r ON r.id = d.revision_id WHERE r.state <> 'dropped'""",
    "captures": """
        SELECT c.item_id || ' ' || row_number() OVER (PARTITION BY c.item_id ORDER BY c.id) AS row, f.name AS feed,
               c.article_id, c.outcome, c.error, c.error_kind, c.run_id, c.at AS about_at
        FROM captures c JOIN feeds f ON f.id = c.feed_id
        WHERE c.outcome <> 'failed' AND (c.outcome IN ('archived', 'fallback') OR EXISTS (
            SELECT 1 FROM fetches t JOIN warc_records w ON w.fetch_id = t.id WHERE t.capture_id = c.id))""",
    "related": "SELECT article_id || ' ' || kind || ' ' || coalesce(told, '') AS row, other_id, evidence FROM related",
    "takedowns": "SELECT article_id AS row, reason, requested_by FROM takedowns",
    "log_entries": """
        SELECT l.id AS row, l.leaf, l.at AS about_at, r.article_id, r.number
        FROM log_entries l LEFT JOIN revisions r ON r.id = l.revision_id""",
    "log_heads": "SELECT size AS row, root, at AS about_at, checkpoint FROM log_heads",
}
#: Not told again: what was learnt or is owed, and what an attempt was that nothing was kept of.
NOT_AGAIN = frozenset({
    "hosts", "robots", "host_frames", "host_rules", "page_texts", "freshness", "subscriptions", "feed_addresses",
    "coverage", "alembic_version",
})  # fmt: skip
#: By how much a moment may be told that nothing kept tells exactly.
SLACK = timedelta(minutes=5)

Rows = dict[Any, dict[str, Any]]


@dataclass(slots=True)
class Comparison:
    """What was found."""

    rows: dict[str, int] = field(default_factory=dict)  #: compared, by table
    differing: list[str] = field(default_factory=list)

    @property
    def equal(self) -> float:
        """Share of the rows that are the same."""
        return 1 - len(self.differing) / max(1, sum(self.rows.values()))


def compare(before: Path, after: Path, *, but: frozenset[str] = frozenset()) -> Comparison:
    """Compare two databases; ``but``: ``table.column`` that is known to differ."""
    found = Comparison()
    for table, question in QUESTIONS.items():
        old, new = rows(before, question), rows(after, question)
        found.rows[table] = len(old)
        for name in [*old, *(name for name in new if name not in old)]:
            told = _differs(old.get(name), new.get(name), table, but)
            found.differing += [f"{table} {name}: {told}"] if told else []
    return found


def rows(path: Path, question: str) -> Rows:
    """The answers, by their first column."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as opened:
        opened.row_factory = sqlite3.Row
        return {row["row"]: dict(row) for row in opened.execute(question)}


def tables(path: Path) -> set[str]:
    """The names of all tables."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as opened:
        return {name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def _differs(old: dict[str, Any] | None, new: dict[str, Any] | None, table: str, but: frozenset[str]) -> str:
    if old is None or new is None:
        return "is not there again" if new is None else f"was not there before: {new}"
    names = [name for name in old if f"{table}.{name}" not in but and not _same(name, old[name], new[name])]
    if old.get("hint_status") == 304:  # it may have renewed them (RFC 9111 §4.3.4), and nothing keeps it
        names = [name for name in names if name not in {"etag", "last_modified", "validators_url"}]
    return "; ".join(f"{name}: {old[name]!r} → {new[name]!r}" for name in names)


def _same(name: str, old: Any, new: Any) -> bool:
    if name.startswith("hint_") or (name == "refers_to" and old is None):
        return True  # a twin's row was written before the one whose body it had
    if old == new or not name.startswith("about_") or old is None or new is None:
        return bool(old == new)
    return abs(datetime.fromisoformat(old) - datetime.fromisoformat(new)) <= SLACK
