"""Questions about what is due, with only the limits that a selection sets: so that each finds its index.

Used by ``frontier``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Connection, TextClause, text

from crawler.model import Selection
from crawler.store.rows import listed, stamp_or_none

#: Leaps from host to host through the index, instead of walking all that is pending at each.
_PENDING_HOSTS = """
    WITH RECURSIVE pending(host) AS (
        SELECT (SELECT min(host) FROM feed_items WHERE due_at IS NOT NULL AND host > :after)
        UNION ALL
        SELECT (SELECT min(host) FROM feed_items WHERE due_at IS NOT NULL AND host > pending.host)
        FROM pending WHERE pending.host IS NOT NULL
    )"""

_FEED_IDS = text("""
    SELECT id FROM feeds WHERE enabled = 1 AND name IN (SELECT value FROM json_each(:names))""")
_NAMED_FEED = "AND id IN (SELECT value FROM json_each(:feeds))"
_NAMED_SIGHTING = "AND s.feed_id IN (SELECT value FROM json_each(:feeds))"
_NAMED_ITEM = """AND EXISTS (
    SELECT 1 FROM sightings s
    WHERE s.item_id = i.id AND s.feed_id IN (SELECT value FROM json_each(:feeds)))"""

#: Of an item: the feed that it is fetched for, and where it stood in the one that showed it first.
_ON_BEHALF = """coalesce(
            (SELECT s.feed_id FROM sightings s JOIN feeds f ON f.id = s.feed_id AND f.enabled = 1
             WHERE s.item_id = i.id AND s.feed_id = i.feed_id {sighting_limits}),
            (SELECT min(s.feed_id) FROM sightings s JOIN feeds f ON f.id = s.feed_id AND f.enabled = 1
             WHERE s.item_id = i.id {sighting_limits}),
            i.feed_id) AS for_feed,
        coalesce((SELECT position FROM sightings s
                  WHERE s.item_id = i.id AND s.feed_id = i.feed_id), 0) AS position"""


@cache
def question(template: str, *, since: bool, until: bool, feeds: bool) -> tuple[TextClause, frozenset[str]]:
    """A question with only the limits that a selection sets (so that it finds its index), and its words."""
    limits = ["AND i.dated >= :since"] * since + ["AND i.dated < :until"] * until + [_NAMED_ITEM] * feeds
    asked = text(
        template.format(
            pending=_PENDING_HOSTS,
            item_limits=" ".join(limits),
            feed_limits=_NAMED_FEED if feeds else "",
            on_behalf=_ON_BEHALF.format(sighting_limits=_NAMED_SIGHTING if feeds else ""),
            index="feed_items_newest" if since or until else "feed_items_due",
        )
    )
    return asked, frozenset(asked.compile().params)


@dataclass(frozen=True, slots=True)
class Ask:
    """A selection, ready to be asked."""

    connection: Connection
    want: Selection
    values: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, connection: Connection, want: Selection, **values: Any) -> Ask:
        values |= {"since": stamp_or_none(want.since), "until": stamp_or_none(want.until)}
        if want.feeds is not None:
            names = {"names": listed(sorted(want.feeds))}
            values["feeds"] = listed([row.id for row in connection.execute(_FEED_IDS, names)])
        return cls(connection, want, values)

    def rows(self, template: str, **values: Any) -> list[dict[str, Any]]:
        """All rows that ``template`` finds within the selection."""
        asked, words = question(
            template,
            since=self.want.since is not None,
            until=self.want.until is not None,
            feeds=self.want.feeds is not None,
        )
        known = self.values | values
        found = self.connection.execute(asked, {name: known[name] for name in words})
        return [dict(row) for row in found.mappings()]
