"""An archive that can prove itself: statements and their log, what was checked again, notices, takedowns."""

from __future__ import annotations

import re

from alembic import op
from sqlalchemy import Connection, text

revision = "0005"
down_revision = "0004"

STATEMENTS: tuple[str, ...] = (
    "ALTER TABLE revisions ADD COLUMN statement TEXT",
    "ALTER TABLE revisions ADD COLUMN notice TEXT",
    "ALTER TABLE revisions ADD COLUMN difference TEXT",
    "ALTER TABLE articles ADD COLUMN notice TEXT",
    "ALTER TABLE articles ADD COLUMN taken_down_at TEXT",
    "ALTER TABLE warc_records ADD COLUMN revision_id INTEGER REFERENCES revisions (id)",
    "CREATE INDEX warc_records_of_revision ON warc_records (revision_id) WHERE revision_id IS NOT NULL",
    "CREATE INDEX warc_records_by_place ON warc_records (path, start)",
    "ALTER TABLE feed_items ADD COLUMN recheck_at TEXT",
    "ALTER TABLE feed_items ADD COLUMN rechecks INTEGER DEFAULT 0 NOT NULL",
    "ALTER TABLE feed_items ADD COLUMN churn INTEGER DEFAULT 0 NOT NULL",
    "ALTER TABLE feed_items ADD COLUMN page_etag TEXT",
    "ALTER TABLE feed_items ADD COLUMN page_modified TEXT",
    "ALTER TABLE feed_items ADD COLUMN page_validated TEXT",
    "ALTER TABLE feed_items ADD COLUMN page_validators_url TEXT",
    "CREATE INDEX feed_items_recheck ON feed_items (host, recheck_at) WHERE recheck_at IS NOT NULL",
    "CREATE INDEX feed_items_rechecks ON feed_items (recheck_at, host, due_at) WHERE recheck_at IS NOT NULL",
    """
    CREATE TABLE log_entries (
        id INTEGER NOT NULL, revision_id INTEGER, leaf TEXT NOT NULL, at TEXT NOT NULL,
        PRIMARY KEY (id), UNIQUE (revision_id), FOREIGN KEY(revision_id) REFERENCES revisions (id)
    )
    """,
    """
    CREATE TABLE log_heads (
        size INTEGER NOT NULL, root TEXT NOT NULL, at TEXT NOT NULL, checkpoint TEXT NOT NULL,
        compact_range TEXT NOT NULL, PRIMARY KEY (size)
    )
    """,
    "CREATE INDEX revisions_unstated ON revisions (id) WHERE statement IS NULL AND done_at IS NOT NULL",
    """
    CREATE TABLE related (
        id INTEGER NOT NULL, article_id INTEGER NOT NULL, kind TEXT NOT NULL, other_id INTEGER, told TEXT,
        evidence TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (id),
        FOREIGN KEY(article_id) REFERENCES articles (id), FOREIGN KEY(other_id) REFERENCES articles (id)
    )
    """,
    "CREATE INDEX related_to_article ON related (article_id)",
    "CREATE INDEX related_open ON related (at) WHERE other_id IS NULL",
    "CREATE INDEX articles_noticed ON articles (source_key, date) WHERE notice IS NOT NULL",
    "CREATE INDEX revisions_changed ON revisions (done_at)"
    " WHERE (number > 1 OR notice IS NOT NULL) AND state <> 'dropped'",
    "CREATE INDEX related_to_other ON related (other_id) WHERE other_id IS NOT NULL",
    """
    CREATE TABLE takedowns (
        id INTEGER NOT NULL, article_id INTEGER NOT NULL, at TEXT NOT NULL, reason TEXT NOT NULL,
        requested_by TEXT, removed TEXT NOT NULL, done_at TEXT, PRIMARY KEY (id),
        FOREIGN KEY(article_id) REFERENCES articles (id)
    )
    """,
    # What was taken down is never captured again, and the feed's own copy of it never comes back, whoever writes.
    """
    CREATE TRIGGER taken_down_stays AFTER UPDATE OF due_at, recheck_at, summary, content, article_id ON feed_items
    WHEN coalesce(NEW.due_at, NEW.recheck_at, NEW.summary, NEW.content) IS NOT NULL
        AND ((SELECT taken_down_at FROM articles WHERE id = NEW.article_id) IS NOT NULL
             OR (SELECT taken_down_at FROM articles WHERE item_id = NEW.id) IS NOT NULL)
    BEGIN
        UPDATE feed_items SET due_at = NULL, recheck_at = NULL, summary = NULL, content = NULL
        WHERE id = NEW.id;
    END
    """,
)


def upgrade() -> None:
    """Add columns and tables; what was archived before has no statement until the log catches up."""
    for statement in STATEMENTS:
        op.execute(statement)
    _note(op.get_bind())


#: How a title begins that is a notice, and what is noted of it: as they were when this schema was made, for what is
#: written here has to be in its words, whatever later crawlers read (``crawler.revising.notices``) and call it.
_MARK = r"\s*(?::|--+|[-–—](?=\s)|\.\.\.|…)\s*"
_NOTICES = tuple(
    (standing, re.compile(rf"\W{{0,3}}(?:{pattern})", re.IGNORECASE))
    for standing, pattern in (
        (
            "kill notice",
            rf"(?-i:/?KILL(?:ED)?)(?:/|{_MARK})|/?(?:mandatory )?kill notice\b|kill release\b"
            r"|(?:advisory|attention|editors?)\W{1,4}(?:please )?disregard(?: (?:press |news |the )?release)?\b"
            r"|/?(?:please )?disregard (?:press |news |the )?release\b"
            r"|/?(?:cancell?ation of|retraction of|withdrawal of)"
            rf" (?:press|news) release\b|(?-i:RETRACTION|RETRACTED|WITHDRAWN)(?:/|{_MARK})",
        ),
        (
            "correction",
            r"(?:correcting (?:and|&) replacing|replacing (?:and|&) correcting|corrected (?:and|&) replaced)\b"
            r"|/?c o r r e c t (?:i o n|e d)\b|correction (?:from|by) source\b"
            rf"|(?:correction|corrected|corrections|corrigendum|erratum|korrektur|rectificatif|corrección|correção"
            rf"|rettifica|rättelse|rettelse|oikaisu|korrigering)(?:/|{_MARK})"
            r"|(?:correction to|correction of) (?:the |a |our )?(?:press |news )?release\b",
        ),
        ("update", rf"/?u p d a t e\b|(?-i:UPDATED?)(?:/|{_MARK})"),
        (
            "repeat",
            rf"/?r e p e a t\b|(?-i:REPEAT|RETRANSMISSION|RETRANSMITTED|RE-ISSUE|REISSUE)(?:/|{_MARK})",
        ),
    )
)
_BEHIND = re.compile(r"\s[-–—/(]\s*(?:correction|corrected)\)?\s*$", re.IGNORECASE)
_EMBARGO = re.compile(
    r"\W{0,4}(?:strictly )?(?:under embargo|embargo(?:ed)?)(?: for release)?:? (?:until|till|to|before)\b",
    re.IGNORECASE,
)


def _note(connection: Connection) -> None:
    """What releases say of others is known of those that are there, by the title of their first revision.

    One that says from its first day on that another one is killed would else be taken, when it is visited next, for
    one that says so of itself, and be held back.  Of texts the database knows nothing.
    """
    first = connection.execute(
        text("SELECT id, article_id, title FROM revisions WHERE number = 1 AND state <> 'dropped'")
    )
    noted = [
        {"revision": row.id, "article": row.article_id, "notice": standing}
        for row in first
        if (standing := _standing(row.title or ""))
    ]
    if noted:
        connection.execute(text("UPDATE revisions SET notice = :notice WHERE id = :revision"), noted)
        connection.execute(text("UPDATE articles SET notice = :notice WHERE id = :article"), noted)


def _standing(title: str) -> str | None:
    for standing, beginning in _NOTICES:
        if beginning.match(title):
            return standing
    if _BEHIND.search(title):
        return "correction"
    return "embargo" if _EMBARGO.match(" ".join(title[:700].split())) else None
