"""What a finished revision says of other releases, and what they say of it; the past of an article.

The functions run inside the writer's transaction; ``SqlPast`` keeps that part of ``ports.Store``.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from sqlalchemy import RowMapping, text

from crawler.model import (
    KILLED,
    KILLS,
    RELEASED,
    Captured,
    Change,
    Notice,
    Outcome,
    PastRevision,
    RawRecord,
    Release,
)
from crawler.revising import notices
from crawler.store import rawindex, rechecks
from crawler.store.rows import instant, shown, stamp, storable
from crawler.store.writer import Group, Writer

#: A wire speaks of what it has sent within so long.
WITHIN = timedelta(days=14)
#: Feeds and pages date a notice and what it is about to the minute, not always in the right order.
OVERLAP = timedelta(hours=1)
_MOST = 3000  #: releases of a wire that are looked through
_VERBS = {KILLED: "kills", "correction": "corrects", "update": "updates", "repeat": "repeats"}

#: What was killed stays killed, whatever its wire says later, until a person releases it; and then that stands.
_NOTICE = text("""
    UPDATE articles SET notice = :notice
    WHERE id = :article AND (:notice IN (:killed, :released) OR notice IS NULL
        OR notice NOT IN (:killed, :released))""").bindparams(killed=KILLED, released=RELEASED)
_SELF = text("SELECT id, title, date, source_key, source_link, revision FROM articles WHERE id = :article")
_EARLIER = text("""
    SELECT id, title, date, source_link FROM articles INDEXED BY articles_of_source
    WHERE source_key = :source AND date BETWEEN :since AND :until AND id <> :article AND revision > 0
      AND notice IS NOT :kills
    ORDER BY date DESC LIMIT :most""").bindparams(kills=KILLS, most=_MOST)
_RELATE = text("""
    INSERT INTO related (article_id, kind, other_id, told, evidence, at)
    VALUES (:article, :kind, :other, :told, :evidence, :at)""")
_ANY_OPEN = text("SELECT 1 FROM related INDEXED BY related_open WHERE other_id IS NULL LIMIT 1")
#: Notices whose release was not archived when they were: a backfill goes from the newest to the oldest.
_OPEN = text("""
    SELECT l.id, l.article_id, l.kind, r.difference FROM articles n INDEXED BY articles_noticed
    CROSS JOIN related l INDEXED BY related_to_article ON l.article_id = n.id
    JOIN revisions r ON r.article_id = n.id AND r.number = 1 AND r.state <> 'dropped'
    WHERE n.source_key = :source AND n.date BETWEEN :since AND :until AND n.notice IS NOT NULL
      AND l.other_id IS NULL AND l.told IS NOT NULL AND n.id <> :article
    ORDER BY l.id""")
_FOUND = text("UPDATE related SET other_id = :other WHERE id = :related")
_KILL = text("UPDATE articles SET notice = :notice WHERE id = :other")
#: Its item is due, for its next visit holds it back; nobody else may write its revisions meanwhile.
CALL_KILLED = text("""
    UPDATE feed_items SET due_at = :at
    WHERE id = (SELECT item_id FROM articles WHERE id = :other) AND (due_at IS NULL OR due_at > :at)""")
_KILLED_MEANWHILE = text("SELECT id FROM articles WHERE item_id = :item AND notice = :killed AND draft = 0")
#: That a state is not 'dropped' is what the index of an article's revisions asks for.
_PAST = text("""
    SELECT r.number, r.reason, coalesce(r.done_at, r.created_at) AS at, r.notice, r.difference,
           e.extractor, e.page_sha256
    FROM revisions r JOIN extractions e ON e.id = r.extraction_id
    WHERE r.article_id = :article AND r.state IN ('done', 'superseded') AND r.state <> 'dropped'
    ORDER BY r.number""")


#: That a state is not 'dropped' is what the index of an article's revisions asks for.
_TESTIFIED = text("""
    SELECT w.* FROM articles a
    JOIN revisions r ON r.article_id = a.id AND r.number = a.revision AND r.state <> 'dropped'
    JOIN warc_records w ON w.revision_id = r.id AND w.type = 'conversion'
    WHERE a.id = :article ORDER BY w.id DESC LIMIT 1""")


def difference_text(change: Change | None) -> str | None:
    """What a revision changes, as JSON; None where nothing is known of it."""
    if change is None:
        return None
    told: dict[str, Any] = {}
    if change.after is not None:
        told = {
            "fields": change.fields,
            "kept": change.kept,
            "words_added": change.added,
            "words_removed": change.removed,
            "before": change.before,
            "after": change.after,
        }
    if change.returns_to is not None:
        told["returns_to"] = change.returns_to
    if change.notice is not None:
        told["notice"] = asdict(change.notice)
    return storable(json.dumps(told, ensure_ascii=False, separators=(",", ":"))) if told else None


def finished(group: Group, revision: RowMapping, at: str) -> None:
    """A revision is its article's newest: what it says of another release, or what was said of it, counts now."""
    article, connection = revision["article_id"], group.connection
    if revision["notice"] is not None:
        connection.execute(_NOTICE, {"article": article, "notice": revision["notice"]})
    told = json.loads(revision["difference"] or "{}").get("notice")
    if revision["number"] != 1 or not (told or connection.execute(_ANY_OPEN).first()):
        return
    own = connection.execute(_SELF, {"article": article}).mappings().one()
    if told and told["kind"] in _VERBS:
        _relate(group, own, _notice(told), at)
    elif not told:
        _answer(group, own, at)


def _notice(told: dict[str, Any]) -> Notice:
    return Notice(**told | {"links": tuple(told["links"])})


def _relate(group: Group, own: RowMapping, notice: Notice, at: str) -> None:
    """Link a notice to the release that it is about, or leave the link open."""
    group.flush()
    date = instant(own["date"])
    values = {"source": own["source_key"], "article": own["id"]}
    span = {"since": stamp(date - WITHIN), "until": stamp(date + OVERLAP)}
    rows = group.connection.execute(_EARLIER, values | span).mappings()
    releases = [_release(row) for row in rows]
    other = notices.meant(notice, releases)
    settled = other is None and notices.doubtful(notice, releases)  # and no later find changes that
    link = {
        "article": own["id"],
        "kind": _VERBS[notice.kind],
        "other": other and other.article_id,
        "told": None if settled else storable(notice.told) or None,
        "evidence": shown(notice.evidence),
        "at": at,
    }
    group.connection.execute(_RELATE, link)
    if other is not None and notice.kind == KILLED:
        _kill(group, other.article_id, at)


def _answer(group: Group, own: RowMapping, at: str) -> None:
    """A release of which a notice was archived before it was."""
    date = instant(own["date"])
    values = {"source": own["source_key"], "article": own["id"]}
    span = {"since": stamp(date - OVERLAP), "until": stamp(date + WITHIN)}
    for row in group.connection.execute(_OPEN, values | span).mappings().all():
        told = json.loads(row["difference"] or "{}").get("notice")
        if told and notices.meant(_notice(told), [_release(own)]) is not None:
            group.connection.execute(_FOUND, {"related": row["id"], "other": own["id"]})
            if row["kind"] == _VERBS[KILLED]:
                _kill(group, own["id"], at)


def _release(row: RowMapping) -> Release:
    return Release(
        article_id=row["id"], title=row["title"], date=instant(row["date"]), link=row["source_link"]
    )


def _kill(group: Group, other: int, at: str) -> None:
    group.connection.execute(_KILL, {"other": other, "notice": KILLED})
    group.later(CALL_KILLED, {"other": other, "at": at})


def past(group: Group, article_id: int) -> tuple[PastRevision, ...]:
    """The finished revisions of an article, oldest first, each with what it said (``essence``)."""
    group.flush()
    rows = group.connection.execute(_PAST, {"article": article_id}).mappings().all()
    changes = [json.loads(row["difference"] or "{}") for row in rows]
    said = [change.get("after") for change in changes]
    befores = [change.get("before") for change in changes[1:]] + [None]
    return tuple(
        PastRevision(
            number=row["number"],
            reason=row["reason"],
            at=instant(row["at"]),
            notice=row["notice"],
            extractor=row["extractor"],
            page_digest=row["page_sha256"],
            essence=after or before,
        )
        for row, after, before in zip(rows, said, befores, strict=True)
    )


def testified(group: Group, article_id: int) -> RawRecord | None:
    """Where the raw archive keeps the newest revision of an article; None where it does not."""
    group.flush()
    row = group.connection.execute(_TESTIFIED, {"article": article_id}).mappings().one_or_none()
    return None if row is None else rawindex.record_of(dict(row))


def settled(group: Group, outcome: Outcome) -> None:
    """A visit is over: what it leaves for the next look; what was killed meanwhile is due to be held back."""
    if isinstance(outcome, Captured):
        rechecks.settle(group, outcome)
    item = outcome.item
    if item.standing is not None and not item.killed:
        values = {"item": item.item_id, "killed": KILLED}
        killed = group.connection.execute(_KILLED_MEANWHILE, values).scalar()
        if killed is not None:
            group.later(CALL_KILLED, {"other": killed, "at": stamp(outcome.at)})


class SqlPast:
    """What was made of an article so far."""

    _writer: Writer

    async def past(self, article_id: int) -> tuple[PastRevision, ...]:
        """The revisions of an article that were finished, oldest first."""
        return await self._writer.run(lambda group: past(group, article_id))

    async def testified(self, article_id: int) -> RawRecord | None:
        """Where the raw archive keeps the newest revision of an article."""
        return await self._writer.run(lambda group: testified(group, article_id))
