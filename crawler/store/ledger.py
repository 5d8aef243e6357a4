"""What happened: intended and finished revisions, captures and their fetches.

The functions run inside the writer's transaction; ``sql`` queues them.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import RowMapping, bindparam, func, insert, select, text, update

from crawler import document
from crawler.errors import StoreError
from crawler.model import (
    Captured,
    Choice,
    Extraction,
    Failed,
    Frame,
    Outcome,
    Record,
)
from crawler.model.takedown import UNVISITED
from crawler.store import frames, leaves, noticing, rawindex
from crawler.store.entries import entry_digest
from crawler.store.rows import NewRow, instant, listed, shown, stamp, stamp_or_none, storable
from crawler.store.schema import articles, captures, extractions, fields, revisions
from crawler.store.writer import Group

#: A duplicate looks again after this whether its owner has been written.
PATIENCE = timedelta(minutes=15)

LONGEST = 300  #: characters of a line that was taken out

EXTRACTION = insert(extractions)
REVISION = insert(revisions)
FIELD = insert(fields)
CAPTURE = insert(captures)
#: The same twice: what an intent replaces goes before it, what a failure leaves goes after.
DROP_OLDER = text("UPDATE revisions SET state = 'dropped' WHERE article_id = :article AND state = 'intended'")
DROP_FAILED = text("""
    UPDATE revisions SET state = 'dropped' WHERE state = 'intended'
      AND article_id IN (SELECT id FROM articles WHERE item_id = :item)""")
#: The file of a superseded revision was moved aside before the newer one took its path.  Its index asks: not dropped.
SUPERSEDE = text("""
    UPDATE revisions SET state = 'superseded', path = :path
    WHERE article_id = :article AND number = :number AND state = 'done' AND state <> 'dropped'""")
DONE = update(revisions).where(revisions.c.id == bindparam("revision"))
NEWEST = update(articles).where(articles.c.id == bindparam("article"))
#: An item that was edited while it was captured is due again at once.
SETTLE_ITEM = text("""
    UPDATE feed_items SET
        state = CASE WHEN :state = 'stands' THEN coalesce(
            (SELECT a.state FROM articles a WHERE a.item_id = feed_items.id AND a.revision > 0),
            'failed') ELSE :state END,
        due_at = CASE WHEN digest <> :digest THEN :at ELSE :due_at END,
        captures = captures + :visits,
        article_id = coalesce(:article, article_id),
        captured_at = :at, last_error = :error, last_error_kind = :error_kind
    WHERE id = :item""")
#: A duplicate of what is not written yet waits for it: after its owner's turn, at once if that has none.
AWAIT_OWNER = text("""
    UPDATE feed_items SET due_at = coalesce(max(:again, (
        SELECT owner.due_at FROM articles a JOIN feed_items owner ON owner.id = a.item_id
        WHERE a.id = :article)), :at)
    WHERE id = :item AND state = 'duplicate' AND due_at IS NULL
      AND EXISTS (SELECT 1 FROM articles WHERE id = :article AND revision = 0)""")
#: … and has nothing more to do when it is written, unless it was edited meanwhile.
RELEASE_TWINS = text("""
    UPDATE feed_items SET due_at = NULL
    WHERE state = 'duplicate' AND article_id = :article
      AND due_at > captured_at AND last_changed <= captured_at""")
#: An article that will never be written leaves its place to the items that were turned away.
SECOND_CHANCE = text("""
    UPDATE feed_items SET state = 'retry', due_at = :at, article_id = NULL
    WHERE state = 'duplicate' AND article_id IN (
        SELECT id FROM articles WHERE item_id = :item AND revision = 0)""")

_TOLD_LINK = (
    select(fields.c.value)
    .where(fields.c.revision_id == revisions.c.id, fields.c.field == text("'source_link'"))
    .scalar_subquery()
)
INTENDED = (
    select(
        revisions,
        articles.c.url,
        articles.c.source_key,
        articles.c.date.label("claimed_date"),
        articles.c.revision.label("standing"),
        articles.c.sha256.label("standing_sha256"),
        func.coalesce(_TOLD_LINK, articles.c.source_link).label("source_link"),
    )
    .join(articles, articles.c.id == revisions.c.article_id)
    .where(revisions.c.state == text("'intended'"))
)
_INTENDED_OF_ARTICLE = INTENDED.where(revisions.c.article_id == bindparam("article"))

# --------------------------------------------------------------------------- intents


def intend(group: Group, record: Record, run_id: int | None) -> tuple[str, Frame] | None:
    """Write down a revision and where its every part came from, before its files exist.

    Returns what is known of its page's host from now on.
    """
    extraction_id, revision_id = group.numbers.take(extractions), group.numbers.take(revisions)
    group.later(DROP_OLDER, {"article": record.claim.article_id})
    group.later(EXTRACTION, {"id": extraction_id, "run_id": run_id, **_extraction_row(record)})
    group.later(
        REVISION,
        {"id": revision_id, "run_id": run_id, "extraction_id": extraction_id, **_revision_row(record)},
    )
    if record.kept is not None:
        group.later(rawindex.KEPT, rawindex.row(record.kept, revision_id=revision_id))
    for choice in record.draft.choices:
        group.later(FIELD, {"revision_id": revision_id, **_field_row(choice)})
    # What a kept page teaches was learnt when it came.
    return None if record.reason in UNVISITED else frames.learn(group, record)


def _extraction_row(record: Record) -> NewRow:
    found = record.extraction
    return {
        "item_id": record.item_id,
        "at": stamp(record.fetched_at),
        "origin": str(record.origin),
        "extractor": storable(found.extractor),
        "charset": storable(found.charset),
        "charset_from": found.charset_from,
        "page_url": shown(record.page_url),
        "page_sha256": record.page_digest,
        "title_from": found.title_from,
        "date_from": found.date_from,
        "language": storable(found.language),
        "ok": record.verdict.ok,
        "reasons": shown(listed(record.verdict.reasons)),
        "body_from": found.body_from or None,
        "tools": found.tools or None,
        "frame_pages": found.frame_pages,
        "removed": storable(_removed(found)),
        "ruled": None if found.ruled is None else listed([found.ruled.won, found.ruled.missed]),
    }


def _removed(found: Extraction) -> str | None:
    """Furniture as JSON; of a long line the beginning."""
    told = [{"text": one.text[:LONGEST], "reason": one.reason} for one in found.removed]
    return listed(told) if told else None


def _revision_row(record: Record) -> NewRow:
    return {
        "article_id": record.claim.article_id,
        "number": record.claim.revision,
        "state": "intended",
        "reason": record.reason,
        "origin": str(record.origin),
        "title": storable(record.draft.title),
        "date": stamp(record.draft.date),
        "draft": record.draft.draft,
        "path": record.document.path,
        "sha256": record.document.digest,
        "size": record.document.size,
        "qrcode_path": record.qrcode.path,
        "qrcode_sha256": record.qrcode.digest,
        "qrcode_size": record.qrcode.size,
        "created_at": stamp(record.fetched_at),
        "notice": record.notice,
        "difference": noticing.difference_text(record.change),
        "statement": record.statement,
    }


def _field_row(choice: Choice) -> NewRow:
    losers = [{"source": lost.source, "value": lost.value, "note": lost.note} for lost in choice.losers]
    return {
        "field": choice.field,
        "value": storable(choice.winner.value),
        "source": choice.winner.source,
        "rule": choice.rule,
        "note": storable(choice.winner.note),
        "losers": storable(listed(losers)),
    }


# --------------------------------------------------------------------------- outcomes


def settle(group: Group, outcome: Outcome, run_id: int | None) -> None:
    """Store how a capture ended; an intended revision becomes the newest, or is dropped."""
    if isinstance(outcome, Captured):
        _captured(group, outcome)
    else:
        _failed(group, outcome)
    noticing.settled(group, outcome)
    capture_id = group.numbers.take(captures)
    group.later(CAPTURE, {"id": capture_id, "run_id": run_id, **_capture_row(outcome)})
    owner = {"run_id": run_id, "poll_id": None, "item_id": outcome.item.item_id, "capture_id": capture_id}
    rawindex.fetched(group, outcome.attempts, owner)


def _captured(group: Group, outcome: Captured) -> None:
    if outcome.outcome in {"archived", "fallback"}:
        values = {"article": outcome.article_id}
        revision = group.connection.execute(_INTENDED_OF_ARTICLE, values).mappings().one_or_none()
        if revision is None:
            raise StoreError(f"article {outcome.article_id} was settled without an intent; this is a bug")
        finish(group, revision, stamp(outcome.at))
    if outcome.item.recheck and outcome.outcome == "unchanged" and not outcome.retry_at:  # it is as it was
        group.later(DROP_FAILED, {"item": outcome.item.item_id})
        return
    _settle_item(
        group,
        outcome,
        state="stands" if outcome.outcome == "unchanged" else outcome.outcome,
        due_at=stamp_or_none(outcome.retry_at),
        article=outcome.article_id,
    )
    if outcome.outcome == "duplicate":
        times = {"at": stamp(outcome.at), "again": stamp(outcome.at + PATIENCE)}
        group.later(AWAIT_OWNER, {"item": outcome.item.item_id, "article": outcome.article_id, **times})


def _failed(group: Group, outcome: Failed) -> None:
    _settle_item(
        group,
        outcome,
        state="retry" if outcome.retry_at else "stands",
        due_at=stamp_or_none(outcome.retry_at),
        visits=0 if outcome.ours else 1,
    )
    group.later(DROP_FAILED, {"item": outcome.item.item_id})
    if outcome.retry_at is None:
        group.later(SECOND_CHANCE, {"item": outcome.item.item_id, "at": stamp(outcome.at)})


def _settle_item(
    group: Group,
    outcome: Outcome,
    *,
    state: str,
    due_at: str | None,
    article: int | None = None,
    visits: int = 1,
) -> None:
    group.later(
        SETTLE_ITEM,
        {
            "item": outcome.item.item_id,
            "digest": entry_digest(outcome.item.entry),
            "state": state,
            "due_at": due_at,
            "article": article,
            "visits": visits,
            "at": stamp(outcome.at),
            "error": shown(outcome.error),
            "error_kind": outcome.error_kind,
        },
    )


def finish(group: Group, revision: RowMapping, at: str) -> None:
    """An intended revision becomes its article's newest."""
    article = revision["article_id"]
    if revision["standing"]:
        number = revision["standing"]
        older = document.revision_path(
            revision["source_key"], instant(revision["claimed_date"]), revision["url"], number
        )
        group.later(SUPERSEDE, {"article": article, "number": number, "path": older})
    group.later(DONE, {"revision": revision["id"], "state": "done", "done_at": at})
    leaves.append(group, revision["id"], revision["statement"], at)
    shown = {name: revision[name] for name in ("title", "draft", "source_link", "path", "sha256", "size")}
    group.later(
        NEWEST,
        {
            "article": article,
            "state": "fallback" if revision["origin"] == "feed" else "archived",
            "revision": revision["number"],
            "changed_at": at,
            **shown,
        },
    )
    group.later(RELEASE_TWINS, {"article": article})
    noticing.finished(group, revision, at)


def _capture_row(outcome: Outcome) -> NewRow:
    return {
        "item_id": outcome.item.item_id,
        "feed_id": outcome.item.feed.id,
        "article_id": outcome.article_id if isinstance(outcome, Captured) else None,
        "at": stamp(outcome.at),
        "outcome": outcome.outcome if isinstance(outcome, Captured) else "failed",
        "stage": outcome.stage,
        "error": shown(outcome.error),
        "error_kind": outcome.error_kind,
        "retry_at": stamp_or_none(outcome.retry_at),
    }
