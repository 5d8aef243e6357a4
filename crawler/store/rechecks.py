"""Archived pages that are due to be looked at again, and what a look leaves.

Lent by ``frontier`` after all that is due for the first time.  Every question walks an index of what is to be
looked at, in the order of its time: its cost does not grow with the archive, nor with what is due later.
The functions run inside the writer's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

from crawler.model import PAGE_GONE, Captured, Recheck, Validators
from crawler.store.rows import Row, instant, listed, stamp_or_none, storable
from crawler.store.writer import Group

#: So many looks at one host are lent at a time: what a poll beside them finds must not wait for them.
AT_ONCE = 3

#: Of what is overdue after a long stop a thousand are looked through for hosts.
HOSTS = """
    SELECT host FROM (
        SELECT i.host, i.recheck_at FROM feed_items i INDEXED BY feed_items_rechecks
        WHERE i.recheck_at <= :now AND i.due_at IS NULL {item_limits}
          AND i.host NOT IN (SELECT value FROM json_each(:taken))
        ORDER BY i.recheck_at LIMIT 1000)
    GROUP BY host ORDER BY min(recheck_at) LIMIT :slots"""

ITEMS = """
    SELECT i.*, {on_behalf},
        a.state AS standing, a.id AS standing_id, a.notice, a.draft AS held,
        (SELECT e.page_sha256 FROM revisions r JOIN extractions e ON e.id = r.extraction_id
         WHERE r.article_id = a.id AND r.number = a.revision AND r.state <> 'dropped') AS archived_sha256,
        (SELECT max(c.at) FROM captures c
         WHERE c.item_id = i.id AND (c.outcome = 'archived'
            OR c.outcome = 'unchanged' AND c.error IS NULL AND c.stage IS NOT 'recheck')) AS archived_at
    FROM json_each(:hosts) h CROSS JOIN feed_items i
    LEFT JOIN articles a ON a.item_id = i.id AND a.state = 'archived' AND a.taken_down_at IS NULL
    WHERE i.id IN (
        SELECT i.id FROM feed_items i INDEXED BY feed_items_recheck
        WHERE i.host = h.value AND i.recheck_at <= :now AND i.due_at IS NULL {item_limits}
        ORDER BY i.recheck_at LIMIT :most)
    ORDER BY h.key, i.recheck_at, i.id"""

NEXT = """
    SELECT i.recheck_at FROM feed_items i INDEXED BY feed_items_rechecks
    WHERE i.recheck_at IS NOT NULL AND i.due_at IS NULL {item_limits}
      AND i.host NOT IN (SELECT host FROM hosts WHERE lease_until IS NOT NULL)
    ORDER BY i.recheck_at LIMIT 1"""

#: What nothing stands of, or nothing may be shown of, is not looked at.
_DROP = text("UPDATE feed_items SET recheck_at = NULL WHERE id IN (SELECT value FROM json_each(:ids))")
_LOOK = text("""
    UPDATE feed_items SET recheck_at = :at, rechecks = :done, churn = churn + :churned,
        page_etag = :etag, page_modified = :modified, page_validators_url = :from_url,
        page_validated = coalesce(:validated, page_validated)
    WHERE id = :item""")
_GONE = text("UPDATE articles SET notice = :notice WHERE id = :article AND notice IS NULL")
_BACK = text("UPDATE articles SET notice = NULL WHERE id = :article AND notice = :notice")
#: A removed feed's pages are not asked for any more.
PARK = text("""
    UPDATE feed_items SET recheck_at = NULL
    WHERE recheck_at IS NOT NULL
      AND id IN (SELECT item_id FROM sightings WHERE feed_id IN (SELECT value FROM json_each(:feeds)))
      AND NOT EXISTS (SELECT 1 FROM sightings s JOIN feeds f ON f.id = s.feed_id
                      WHERE s.item_id = feed_items.id AND f.enabled = 1)""")
#: A crash cut off the visit that would have begun the row.
RESUME = text("UPDATE feed_items SET recheck_at = coalesce(recheck_at, :at) WHERE id = :item")


def recheck_of(row: Row) -> Recheck | None:
    """The look that a row of ``ITEMS`` is lent for; None for any other item."""
    if row.get("standing_id") is None or row["archived_at"] is None:
        return None
    return Recheck(
        article_id=row["standing_id"],
        archived=instant(row["archived_at"]),
        done=row["rechecks"],
        digest=row["archived_sha256"],
        validators=Validators(
            etag=row["page_etag"], last_modified=row["page_modified"], url=row["page_validators_url"]
        ),
    )


def lendable(connection: Connection, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of ``ITEMS`` with something to look at; the others are never asked for again."""
    idle = [row["id"] for row in rows if recheck_of(row) is None]
    if idle:
        connection.execute(_DROP, {"ids": listed(idle)})
    return [row for row in rows if recheck_of(row) is not None]


def settle(group: Group, outcome: Captured) -> None:
    """Store what a visit leaves for the next look."""
    look = outcome.look
    if look is None:
        return
    validators = look.validators
    values: Mapping[str, Any] = {
        "item": outcome.item.item_id,
        "at": stamp_or_none(look.at),
        "done": look.done,
        "churned": look.churned,
        "etag": storable(validators.etag),
        "modified": storable(validators.last_modified),
        "from_url": storable(validators.url),
        "validated": stamp_or_none(look.validated),
    }
    group.connection.execute(_LOOK, values)
    if look.gone is True:
        group.connection.execute(_GONE, {"article": outcome.article_id, "notice": PAGE_GONE})
    elif outcome.item.notice == PAGE_GONE and look.gone is False:
        group.connection.execute(_BACK, {"article": outcome.article_id, "notice": PAGE_GONE})
