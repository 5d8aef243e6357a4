"""How fresh the archive is: publish → first seen → archived, as percentiles a feed and a day.

``VIEW`` is for people's SQL, ``by_feed`` for the command line, ``roll_up`` keeps each day's figures
when a run ends and once a day: the past stays known without being counted again.

Publishing counts only for items that came after the feed had answered once (what stood in a feed
before we came says nothing of us) and whose date is believable: not later than we saw them.
Percentiles are by nearest rank, in seconds.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import insert, text

from crawler.store.rows import stamp
from crawler.store.schema import freshness
from crawler.store.writer import Group

#: The first roll-up of an archive looks back so far; later ones to the day before the last one.
_FIRST_LOOK, _AGAIN = timedelta(days=7), timedelta(days=1)

_MEASURED = """
    WITH items AS (
        SELECT i.feed_id, substr(i.first_seen, 1, 10) AS day, julianday(i.first_seen) AS seen,
               CASE WHEN i.published <= i.first_seen AND i.published > (
                   SELECT p.at FROM polls p WHERE p.feed_id = i.feed_id AND p.outcome <> 'failed'
                   ORDER BY p.id LIMIT 1) THEN julianday(i.published) END AS published,
               (SELECT julianday(r.done_at) FROM articles a JOIN revisions r ON r.article_id = a.id
                WHERE a.item_id = i.id AND r.number = 1 AND r.state <> 'dropped') AS archived
        FROM feed_items i {limits}
    ), delays AS (
        SELECT feed_id, day, 'published to seen' AS measure, (seen - published) * 86400 AS seconds
        FROM items WHERE published IS NOT NULL
        UNION ALL
        SELECT feed_id, day, 'published to archived', (archived - published) * 86400
        FROM items WHERE published IS NOT NULL AND archived IS NOT NULL
        UNION ALL
        SELECT feed_id, day, 'seen to archived', (archived - seen) * 86400
        FROM items WHERE archived IS NOT NULL
    ), ranked AS (
        SELECT feed_id, day, measure, seconds, count(*) OVER of_all AS items,
               row_number() OVER (of_all ORDER BY seconds) AS place
        FROM delays WINDOW of_all AS (PARTITION BY feed_id, measure{by_day})
    )
    """
_PERCENTILES = """
    measure, items,
           round(min(CASE WHEN place * 100 >= items * 50 THEN seconds END), 3) AS p50,
           round(min(CASE WHEN place * 100 >= items * 90 THEN seconds END), 3) AS p90,
           round(min(CASE WHEN place * 100 >= items * 99 THEN seconds END), 3) AS p99,
           round(max(seconds), 3) AS longest"""


def _measured(question: str, *, limits: str = "", by_day: str = "") -> str:
    """A question to what is ranked: of all items, or of some; of a feed's whole time, or day by day."""
    return _MEASURED.format(limits=limits, by_day=by_day) + question.format(percentiles=_PERCENTILES)


_SINCE_OF_FEED = """WHERE i.first_seen >= :since AND (
            :feed IS NULL OR i.feed_id = (SELECT f.id FROM feeds f WHERE f.name = :feed))"""
#: For people's SQL: all that was ever seen, so it takes its time on a large archive.
VIEW = _measured("""SELECT f.name AS feed, {percentiles}
    FROM ranked JOIN feeds f ON f.id = ranked.feed_id
    GROUP BY feed_id, measure""")
#: The same for what was first seen since a moment.
BY_FEED = text(
    _measured(
        """SELECT f.name AS feed, {percentiles}
    FROM ranked JOIN feeds f ON f.id = ranked.feed_id
    GROUP BY feed_id, measure ORDER BY f.name, measure""",
        limits=_SINCE_OF_FEED,
    )
)
#: What the roll-ups kept, day by day.
BY_DAY = text("""
    SELECT f.name AS feed, r.day, r.measure, r.items, r.p50, r.p90, r.p99, r.longest
    FROM freshness r JOIN feeds f ON f.id = r.feed_id
    WHERE r.day >= :day AND (:feed IS NULL OR f.name = :feed)
    ORDER BY f.name, r.day DESC, r.measure""")
_LAST_DAY = text("SELECT max(day) FROM freshness WHERE day <= :today")  # a clock may have been ahead
_DAYS = text(
    _measured(
        "SELECT feed_id, day, {percentiles} FROM ranked GROUP BY feed_id, day, measure",
        limits="WHERE i.first_seen >= :since",
        by_day=", day",
    )
)
_KEEP = insert(freshness).prefix_with("OR REPLACE")


def roll_up(group: Group, now: datetime) -> None:
    """Keep the figures of every day since the one before the last roll-up."""
    group.flush()
    last = group.connection.execute(_LAST_DAY, {"today": stamp(now)[:10]}).scalar()
    earliest = datetime.fromisoformat(f"{last}T00:00:00+00:00") - _AGAIN if last else now - _FIRST_LOOK
    midnight = earliest.replace(hour=0, minute=0, second=0, microsecond=0)
    days = [dict(row) for row in group.connection.execute(_DAYS, {"since": stamp(midnight)}).mappings()]
    if days:
        group.connection.execute(_KEEP, days)
