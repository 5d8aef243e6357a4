"""What a start finds of the last stop: runs that never ended, revisions that were only intended.

The functions run inside the writer's transaction; ``sql`` queues them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, text, update

from crawler import __version__, document
from crawler.model import ArchivedFile, Intent, Older, Severed
from crawler.model.takedown import UNVISITED
from crawler.store import rawindex, rechecks
from crawler.store.ledger import CAPTURE, INTENDED, finish
from crawler.store.rereading import finish_reread
from crawler.store.rows import NewRow, instant, stamp, storable
from crawler.store.schema import captures, extractions, feed_items, revisions, runs
from crawler.store.writer import Group

_RUN = insert(runs).returning(runs.c.id)
#: With the last sign of it: the newest record that is known of, if it is one of its own.
_KILLED = text("""
    UPDATE runs SET outcome = 'killed', ended_at = (
        SELECT CASE WHEN written_at >= started_at THEN written_at END FROM warc_records
        WHERE id = (SELECT max(id) FROM warc_records))
    WHERE outcome IS NULL""")
_LEFT = text("SELECT EXISTS (SELECT 1 FROM runs WHERE outcome IS NULL)")
CUT = ", cut short"  #: ends the outcome of a run that ended in order, but not all that it had begun
#: Crawls that were killed or cut short, one after the other until now, the newest first.
_SEVERED = text("""
    SELECT started_at, CASE WHEN outcome IS NOT NULL THEN ended_at ELSE (
        SELECT CASE WHEN written_at >= started_at THEN written_at END FROM warc_records
        WHERE id = (SELECT max(id) FROM warc_records))
        END AS last,
        (SELECT at FROM polls WHERE id = (SELECT max(id) FROM polls WHERE run_id = runs.id)) AS polled,
        (SELECT at FROM captures WHERE id = (SELECT max(id) FROM captures WHERE run_id = runs.id)) AS captured
    FROM runs WHERE command IN ('run', 'crawl') AND id > coalesce(
        (SELECT max(id) FROM runs WHERE command IN ('run', 'crawl') AND outcome <> 'killed'
            AND outcome NOT LIKE '%, cut short'), 0)
    ORDER BY id DESC""")
_RUN_OVER = text("UPDATE runs SET ended_at = :at, outcome = :outcome WHERE id = :run")

_UNFINISHED = (
    INTENDED.add_columns(extractions.c.item_id)
    .join(extractions, extractions.c.id == revisions.c.extraction_id)
    .order_by(text("+revisions.id"))  # else all revisions are walked in that order
)
_FEED_OF_ITEM = select(feed_items.c.feed_id).where(feed_items.c.id == bindparam("item"))
#: What was captured is not known any more: an edit since the capture before it may not have been.
#: Nor when an embargo ends; and what was killed meanwhile is still to be held back.
_EDITED = text("""
    SELECT changes > 0 AND last_changed >= coalesce(captured_at, first_seen)
        OR EXISTS (SELECT 1 FROM articles a WHERE a.item_id = i.id AND a.draft <> (a.notice IS 'kill'))
    FROM feed_items i WHERE id = :item""")
_RESUME_ITEM = update(feed_items).where(feed_items.c.id == bindparam("item"))
_TESTIMONY = text("""
    SELECT * FROM warc_records WHERE revision_id = :revision ORDER BY id DESC LIMIT 1""")
#: No visit is so long under way between the fsync of its page and the commit of what came of it.
UNDER_WAY = timedelta(hours=1)
#: The first look at an archived page, where a crash cut off the visit that would have planned it.
_LOOK_AGAIN = timedelta(hours=1)
_DROP = text("UPDATE revisions SET state = 'dropped' WHERE id = :revision")


def open_run(group: Group, command: str, arguments: Mapping[str, Any], now: str) -> int:
    """Note that a run began; those that never ended were killed, for there is one writer."""
    group.connection.execute(_KILLED)
    row = {
        "command": command,
        "arguments": storable(json.dumps(arguments, ensure_ascii=False, default=str)),
        "version": __version__,
        "process": os.getpid(),
        "started_at": now,
    }
    return int(group.connection.execute(_RUN, row).scalar_one())


def was_killed(connection: Connection) -> bool:
    """Whether there is a run that never said how it ended; to be asked before the next one is noted."""
    return bool(connection.execute(_LEFT).scalar_one())


def severed(connection: Connection) -> tuple[Severed, ...]:
    """When crawls that were killed or cut short, one after the other until now, may have kept what they did not settle.

    Near the end of each: what it settled last was kept not long before, and nothing that was under
    way then was kept long before that.  So a start costs the same after an hour and after months.
    """
    found: list[Severed] = []
    until = None
    for row in connection.execute(_SEVERED):
        began = instant(row.started_at)
        last, *signs = (instant(at) if at else None for at in (row.last, row.polled, row.captured))
        found.append(_span(began, until, last, min(filter(None, (last, *signs)), default=began)))
        until = began
    return tuple(reversed(found))


def _span(began: datetime, until: datetime | None, last: datetime | None, earliest: datetime) -> Severed:
    """Near the end of one crawl: by its newest record, and the earliest of its last signs of life."""
    if earliest < began:  # its clock was set back: what came before that bears later times
        return Severed(since=earliest - UNDER_WAY)
    return Severed(since=max(began, last - UNDER_WAY) if last else began, until=until)


def close_run(group: Group, run_id: int, outcome: str, now: str) -> None:
    """Note how a run ended."""
    group.connection.execute(_RUN_OVER, {"run": run_id, "outcome": outcome, "at": now})


def unfinished(group: Group) -> list[Intent]:
    """Revisions that were intended and never settled, oldest first."""
    group.flush()
    connection = group.connection
    return [_intent(connection, row) for row in connection.execute(_UNFINISHED).mappings().all()]


def _intent(connection: Connection, row: RowMapping) -> Intent:
    kept = connection.execute(_TESTIMONY, {"revision": row["id"]}).mappings().one_or_none()
    return Intent(
        older=_older(row),
        kept=None if kept is None else rawindex.record_of(dict(kept)),
        revision_id=row["id"],
        item_id=row["item_id"],
        document=ArchivedFile(path=row["path"], digest=row["sha256"], size=row["size"]),
        qrcode=ArchivedFile(path=row["qrcode_path"], digest=row["qrcode_sha256"], size=row["qrcode_size"]),
    )


def _older(row: RowMapping) -> Older | None:
    if not row["standing"]:
        return None
    date = instant(row["claimed_date"])
    path = document.revision_path(row["source_key"], date, row["url"], row["standing"])
    return Older(digest=row["standing_sha256"], path=path)


def resolve(group: Group, intent: Intent, run_id: int | None, now: str, *, done: bool) -> None:
    """Finish or drop an unfinished revision; one that was resolved before is left alone."""
    group.flush()
    connection = group.connection
    wanted = INTENDED.where(revisions.c.id == intent.revision_id)
    revision = connection.execute(wanted).mappings().one_or_none()
    if revision is None:
        return
    if not done:
        connection.execute(_DROP, {"revision": intent.revision_id})
        if revision["reason"] not in UNVISITED:  # which are asked for again, and need no visit
            connection.execute(_RESUME_ITEM, {"item": intent.item_id, "due_at": now})
        return
    if revision["reason"] in UNVISITED:
        finish_reread(group, revision, now)
        return
    finish(group, revision, now)
    _recovered(group, intent, revision, run_id, now)


def _recovered(group: Group, intent: Intent, revision: RowMapping, run_id: int | None, now: str) -> None:
    """Settle the item as its capture would have; a fallback, or an edited item, is tried again at once."""
    group.flush()
    fallback = revision["origin"] == "feed"
    edited = group.connection.execute(_EDITED, {"item": intent.item_id}).scalar_one()
    state = "fallback" if fallback else "archived"
    settled = {"state": state, "due_at": now if fallback or edited else None, "captured_at": now}
    error = {"last_error": None, "last_error_kind": None, "article_id": revision["article_id"]}
    group.connection.execute(_RESUME_ITEM, {"item": intent.item_id, **settled, **error})
    if not fallback:
        look = stamp(instant(now) + _LOOK_AGAIN)
        group.connection.execute(rechecks.RESUME, {"item": intent.item_id, "at": look})
    feed_id = group.connection.execute(_FEED_OF_ITEM, {"item": intent.item_id}).scalar_one()
    row: NewRow = {
        "id": group.numbers.take(captures),
        "run_id": run_id,
        "item_id": intent.item_id,
        "feed_id": feed_id,
        "article_id": revision["article_id"],
        "at": now,
        "outcome": state,
        "stage": "recovery",
        "error": None,
        "error_kind": None,
        "retry_at": now if fallback else None,
    }
    group.later(CAPTURE, row)
