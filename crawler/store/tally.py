"""The table that ends a run: feed by feed, what was seen and what became of it, and why.

The function runs inside the writer's transaction; ``sql`` queues it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import text

from crawler.model import FeedTally, Selection
from crawler.store.rows import listed, stamp_or_none
from crawler.store.writer import Group

_FEEDS = text("""
    SELECT id, name FROM feeds
    WHERE enabled = 1 AND (:names IS NULL OR name IN (SELECT value FROM json_each(:names)))
    ORDER BY name""")
#: Later polls of one run add only what they brought new.
_POLLS = text("""
    SELECT p.feed_id,
           sum(CASE WHEN p.id = first.id THEN p.seen ELSE p.new END) AS seen,
           sum(p.new) AS new,
           sum(p.possible_gap) AS gaps
    FROM polls p
    JOIN (SELECT feed_id, min(id) AS id FROM polls WHERE run_id = :run AND outcome <> 'failed'
          GROUP BY feed_id) first ON first.feed_id = p.feed_id
    WHERE p.run_id = :run
    GROUP BY p.feed_id""")
#: Pages of the feeds' past that this run read.
_PAGES = text("""
    SELECT feed_id, sum(seen) AS seen, sum(new) AS new, sum(state = 'failed') AS lost
    FROM feed_pages WHERE run_id = :run GROUP BY feed_id""")
_FAILED_POLLS = text("""
    SELECT p.feed_id, p.error_kind FROM polls p
    WHERE p.run_id = :run AND p.outcome = 'failed'
      AND p.id = (SELECT max(l.id) FROM polls l WHERE l.feed_id = p.feed_id)""")
#: Of several captures of one item the last counts.
_CAPTURES = text("""
    SELECT c.feed_id, c.outcome, c.error_kind, count(*) AS items FROM captures c
    WHERE c.id IN (SELECT max(id) FROM captures WHERE run_id = :run GROUP BY item_id)
    GROUP BY c.feed_id, c.outcome, c.error_kind""")
#: What the feeds show and this run did not capture.
_SKIPPED = text("""
    SELECT f.id AS feed_id,
           CASE
               WHEN i.dated < :since THEN 'before --since'
               WHEN i.dated >= :until THEN 'not before --until'
               WHEN i.state IN ('archived', 'fallback') THEN 'archived before'
               WHEN i.state = 'duplicate' THEN 'same address as another article'
               WHEN i.state = 'failed' THEN 'given up before'
               WHEN i.state = 'retry' THEN 'waiting for another try'
               ELSE 'not reached'
           END AS why,
           count(*) AS items
    FROM feeds f
    JOIN json_each(f.latest_keys) k
    JOIN feed_items i ON i.key = k.value
    WHERE f.id IN (SELECT feed_id FROM polls WHERE run_id = :run AND outcome <> 'failed')
      AND NOT EXISTS (SELECT 1 FROM captures c WHERE c.item_id = i.id AND c.run_id = :run)
    GROUP BY f.id, why""")

_WHY = {"unchanged": "unchanged", "duplicate": "same address as another article"}


def tally(group: Group, want: Selection, run_id: int | None) -> list[FeedTally]:
    """One line for each wanted feed."""
    group.flush()
    values = {
        "run": run_id,
        "since": stamp_or_none(want.since),
        "until": stamp_or_none(want.until),
        "names": None if want.feeds is None else listed(sorted(want.feeds)),
    }

    def ask(question: Any) -> dict[int, list[dict[str, Any]]]:
        names = question.compile().params
        found = group.connection.execute(question, {name: values[name] for name in names}).mappings()
        return _by_feed(dict(row) for row in found)

    polls, pages, failed = ask(_POLLS), ask(_PAGES), ask(_FAILED_POLLS)
    captures, skipped = ask(_CAPTURES), ask(_SKIPPED)
    feeds = group.connection.execute(_FEEDS, {"names": values["names"]}).all()
    return [
        _line(
            feed.name,
            polls.get(feed.id, []) + pages.get(feed.id, []),
            failed.get(feed.id, []),
            captures.get(feed.id, []),
            skipped.get(feed.id, []),
        )
        for feed in feeds
    ]


def _by_feed(rows: Iterable[dict[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    sorted_rows: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        sorted_rows.setdefault(row["feed_id"], []).append(row)
    return sorted_rows


def _line(
    name: str,
    polls: list[dict[str, Any]],
    failed: list[dict[str, Any]],
    captures: list[dict[str, Any]],
    skipped: list[dict[str, Any]],
) -> FeedTally:
    outcomes: Counter[str] = Counter()
    why: Counter[str] = Counter()
    for row in captures:
        outcomes[row["outcome"]] += row["items"]
        reason = _WHY.get(row["outcome"]) or row["error_kind"]
        if reason:
            why[reason] += row["items"]
    for row in skipped:
        why[row["why"]] += row["items"]
    why.update(f"feed: {row['error_kind']}" for row in failed)
    gaps = sum(row.get("gaps", 0) for row in polls)
    why.update({"possible gap": gaps} if gaps else {})
    lost = sum(row.get("lost", 0) for row in polls)
    why.update({"older page unread": lost} if lost else {})
    return FeedTally(
        feed=name,
        seen=sum(row["seen"] for row in polls),
        new=sum(row["new"] for row in polls),
        archived=outcomes["archived"],
        fallback=outcomes["fallback"],
        failed=outcomes["failed"] + len(failed) + lost,
        skipped=outcomes["unchanged"] + outcomes["duplicate"] + sum(row["items"] for row in skipped),
        why=dict(why),
    )
