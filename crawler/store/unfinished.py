"""What a start finds of the last stop: runs that never ended, revisions that were only intended.

The functions run inside the writer's transaction; ``sql`` queues them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping, bindparam, insert, select, text, update

from crawler import __version__
from crawler.model import REEXTRACTION, ArchivedFile, Intent
from crawler.store.ledger import CAPTURE, INTENDED, finish
from crawler.store.rereading import finish_reread
from crawler.store.rows import NewRow, storable
from crawler.store.schema import captures, extractions, feed_items, revisions, runs
from crawler.store.writer import Group

_RUN = insert(runs).returning(runs.c.id)
_KILLED = text("UPDATE runs SET outcome = 'killed' WHERE outcome IS NULL")
_RUN_OVER = text("UPDATE runs SET ended_at = :at, outcome = :outcome WHERE id = :run")

_UNFINISHED = (
    INTENDED.add_columns(extractions.c.item_id)
    .join(extractions, extractions.c.id == revisions.c.extraction_id)
    .order_by(revisions.c.id)
)
_FEED_OF_ITEM = select(feed_items.c.feed_id).where(feed_items.c.id == bindparam("item"))
#: What was captured is not known any more: an edit since the capture before it may not have been.
_EDITED = text("""
    SELECT changes > 0 AND last_changed >= coalesce(captured_at, first_seen) FROM feed_items
    WHERE id = :item""")
_RESUME_ITEM = update(feed_items).where(feed_items.c.id == bindparam("item"))
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


def close_run(group: Group, run_id: int, outcome: str, now: str) -> None:
    """Note how a run ended."""
    group.connection.execute(_RUN_OVER, {"run": run_id, "outcome": outcome, "at": now})


def unfinished(group: Group) -> list[Intent]:
    """Revisions that were intended and never settled, oldest first."""
    group.flush()
    return [_intent(row) for row in group.connection.execute(_UNFINISHED).mappings()]


def _intent(row: RowMapping) -> Intent:
    return Intent(
        revision_id=row["id"],
        item_id=row["item_id"],
        document=ArchivedFile(path=row["path"], digest=row["sha256"], size=row["size"]),
        qrcode=ArchivedFile(path=row["qrcode_path"], digest=row["qrcode_sha256"], size=row["qrcode_size"]),
    )


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
        if revision["reason"] != REEXTRACTION:  # which is asked for again, and needs no visit
            connection.execute(_RESUME_ITEM, {"item": intent.item_id, "due_at": now})
        return
    if revision["reason"] == REEXTRACTION:
        finish_reread(group, revision, now)
        return
    finish(group, revision, now)
    _recovered(group, intent, revision, run_id, now)


def _recovered(group: Group, intent: Intent, revision: RowMapping, run_id: int | None, now: str) -> None:
    """Settle the item as its capture would have; a fallback, or an edited item, is tried again at once."""
    fallback = revision["origin"] == "feed"
    edited = group.connection.execute(_EDITED, {"item": intent.item_id}).scalar_one()
    state = "fallback" if fallback else "archived"
    settled = {"state": state, "due_at": now if fallback or edited else None, "captured_at": now}
    error = {"last_error": None, "last_error_kind": None, "article_id": revision["article_id"]}
    group.connection.execute(_RESUME_ITEM, {"item": intent.item_id, **settled, **error})
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
