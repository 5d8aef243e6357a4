"""Looking in at what changed: every revision of an article, and all that changed in the archive since a moment.

Read-only, without the lock, also while a crawler writes; ``app/comparing`` opens it.
"""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import text

from crawler.model.takedown import RELEASE, TAKEDOWN
from crawler.store.answers import Answer, rows
from crawler.store.rows import stamp
from crawler.store.search import Search

_REVISIONS = text("""
    SELECT r.number, r.state, r.reason, r.notice, r.origin, r.title, r.date, r.draft, r.path, r.sha256, r.size,
           r.created_at, r.done_at, r.run_id, r.difference, e.extractor, e.page_url, e.page_sha256,
           f.value AS decided, f.source AS decided_by
    FROM revisions r JOIN extractions e ON e.id = r.extraction_id
    LEFT JOIN fields f ON f.revision_id = r.id AND f.field IN (:takedown, :release)
    WHERE r.article_id = :article AND r.state <> 'dropped'
    ORDER BY r.number""").bindparams(takedown=TAKEDOWN, release=RELEASE)
#: Both ways: what it says of others, and what others say of it.
_RELATED = text("""
    SELECT l.kind, 'says' AS side, l.other_id AS article, a.title, a.date, l.told, l.evidence, l.at
    FROM related l LEFT JOIN articles a ON a.id = l.other_id WHERE l.article_id = :article
    UNION ALL
    SELECT l.kind, 'is said', l.article_id, a.title, a.date, l.told, l.evidence, l.at
    FROM related l JOIN articles a ON a.id = l.article_id WHERE l.other_id = :article
    ORDER BY at""")
_LOOKS = text("""
    SELECT rechecks AS done, recheck_at AS next, churn, page_validated AS validated,
           page_etag IS NOT NULL OR page_modified IS NOT NULL AS conditional
    FROM feed_items WHERE id = :item""")
_LATEST = text("""
    SELECT at, outcome, error_kind, error FROM captures WHERE item_id = :item AND stage = 'recheck'
    ORDER BY id DESC LIMIT 20""")
_CHANGES = text("""
    SELECT r.done_at AS at, a.id AS article, r.number AS revision, r.reason, r.notice, r.title, a.source,
           r.draft, r.path, r.sha256, r.difference,
           (SELECT l.other_id FROM related l WHERE l.article_id = a.id AND r.number = 1 LIMIT 1) AS other
    FROM revisions r INDEXED BY revisions_changed JOIN articles a ON a.id = r.article_id
    WHERE (r.number > 1 OR r.notice IS NOT NULL) AND r.state <> 'dropped' AND r.done_at >= :since
      AND (:source IS NULL OR a.source = :source OR a.source_key = :source)
    ORDER BY r.done_at DESC, r.id DESC LIMIT :limit""")


class Histories(Search):
    """A look into the archive that follows articles through their revisions."""

    async def chronicle(self, which: int | str) -> Answer:
        """An article with its revisions (oldest first), related releases, and the looks at its page."""
        async with self._look() as connection:
            article = await self._find(connection, which)
            revisions = await rows(connection, _REVISIONS, article=article["id"])
            [looks] = await rows(connection, _LOOKS, item=article["item_id"])
            looks["conditional"] = bool(looks["conditional"])
            return {
                "article": article,
                "revisions": [_told(revision) for revision in revisions],
                "related": await rows(connection, _RELATED, article=article["id"]),
                "looks": looks | {"latest": await rows(connection, _LATEST, item=article["item_id"])},
            }

    async def changes(self, since: datetime, *, source: str | None = None, limit: int = 50) -> list[Answer]:
        """Revisions after the first, and releases that speak of others, newest first."""
        async with self._look() as connection:
            values = {"since": stamp(since), "source": source, "limit": limit}
            return [_told(change) for change in await rows(connection, _CHANGES, **values)]


def _told(revision: Answer) -> Answer:
    """What a revision changed, as a dict; empty where it is not known."""
    return revision | {"difference": json.loads(revision["difference"] or "{}")}
