"""Revisions told again, from their intent to their end.

The functions run inside the writer's transaction.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import RowMapping, bindparam, insert, text, update

from crawler import urls
from crawler.model import (
    KILLED,
    Captured,
    Claim,
    Draft,
    DueItem,
    Entry,
    Origin,
    Record,
    Retold,
    Verdict,
)
from crawler.model.takedown import TAKEN_DOWN, UNVISITED, Order
from crawler.store import claims, ledger, rawindex, rereading, takedowns
from crawler.store.entries import entry_row, host_of
from crawler.store.retelling.visits import due_item
from crawler.store.rows import NewRow, instant_or_none, shown, stamp, storable
from crawler.store.schema import articles, feed_items
from crawler.store.writer import Group

_FEED = text("SELECT * FROM feeds WHERE name = :name")
_ARTICLE = text("SELECT * FROM articles WHERE id = :article")
_NEW_ARTICLE = insert(articles)
_CHANGE = update(articles).where(articles.c.id == bindparam("article"))
_OWNER = text("SELECT id FROM articles WHERE url_key = :key AND item_id <> :item AND revision > 0")
_REPLACED = text("""
    UPDATE revisions SET state = 'dropped'
    WHERE article_id = :article AND number >= :number AND state <> 'dropped'""")
_STEP_BACK = text("""
    UPDATE articles SET revision = :number - 1, sha256 = :previous
    WHERE id = :article AND revision >= :number""")
_FETCH = text("SELECT min(id) FROM fetches WHERE item_id = :item AND url = :url AND at = :at")
_NEWEST = text("SELECT coalesce(max(id), 0) FROM revisions")
#: Known already, not by its file alone.  What was testified to under its number before, and states something else,
#: was never settled.
_STANDS = text("""
    SELECT r.id, r.statement FROM revisions r JOIN articles a ON a.id = r.article_id
    WHERE r.article_id = :article AND r.number = :number AND r.id <= :before
      AND r.state IN ('done', 'superseded', 'removed') AND r.state <> 'dropped'
      AND (a.revision > r.number
           OR NOT EXISTS (SELECT 1 FROM fields f WHERE f.revision_id = r.id AND f.source = 'file'))""")
_FIRST_SEEN = text("""
    UPDATE feed_items SET first_seen = :seen, dated = CASE WHEN dated = first_seen THEN :seen ELSE dated END
    WHERE id = :item AND first_seen <> :seen""")
_NEW_ITEM = insert(feed_items)
_SIGHTING = text("""
    INSERT OR IGNORE INTO sightings (item_id, feed_id, first_seen, position, digest)
    VALUES (:item, :feed, :at, 0, :digest)""")


def newest(group: Group) -> int:
    """The number of the newest row of a revision."""
    return int(group.connection.execute(_NEWEST).scalar_one())


def revision(group: Group, told: Retold, before: int) -> None:
    """A revision, from its intent to its end; ``before``: the newest row that an older database had.

    One that stands there stays as it is: it lacks at most the place of its testimony.
    """
    group.flush()
    if _stands(group, told, before):
        return
    stated = told.stated
    item = due_item(group, stated.item, stated.feed)
    if item is None:
        item = _item(group, told)
    _article(group, told, item)
    ledger.intend(group, _record(told), told.run)
    if stated.reason in UNVISITED:
        group.flush()
        rereading.revise(group, stated.article, stamp(told.at))
        if stated.reason == TAKEN_DOWN:
            group.flush()
            _taken_down(group, told)
        return
    group.flush()
    outcome = Captured(
        item=item,
        at=told.at,
        outcome="fallback" if stated.origin is Origin.FEED else "archived",
        article_id=stated.article,
        attempts=told.attempts,
        retry_at=told.retry_at or _when_free(told, item),
        look=told.look,
        error=told.error,
        error_kind=told.error_kind,
    )
    ledger.settle(group, outcome, told.run)


def _stands(group: Group, told: Retold, before: int) -> bool:
    """Whether it is there; then the places in the raw archive that it lacks are noted."""
    place = {"article": told.stated.article, "number": told.stated.revision, "before": before}
    known = group.connection.execute(_STANDS, place).one_or_none()
    if known is not None and known.statement == told.statement:
        _placed(group, told, known.id)
    return known is not None


def _placed(group: Group, told: Retold, number: int) -> None:
    """Where its testimony lies, and the answers that it was made of."""
    for attempt in told.attempts:
        if attempt.raw is not None:
            asked = {"item": told.stated.item, "url": shown(attempt.url), "at": stamp(attempt.started_at)}
            fetch = group.connection.execute(_FETCH, asked).scalar()
            group.later(rawindex.KEPT, rawindex.row(attempt.raw, fetch_id=fetch))
    group.later(rawindex.KEPT, rawindex.row(told.kept, revision_id=number))


def _when_free(told: Retold, item: DueItem) -> datetime | None:
    """An embargo may be over by now, and nobody knows when it ends: such a page is due again."""
    held = told.stated.draft and told.stated.origin is Origin.PAGE
    return told.at if held and not item.killed and told.stated.notice != KILLED else None


def _taken_down(group: Group, told: Retold) -> None:
    """A tombstone: earlier revisions are removed for good, and the request is noted again."""
    chosen = next((one.winner for one in told.choices if one.field == "takedown"), None)
    by = chosen.source.removeprefix("requested by ") if chosen and chosen.source != "takedown" else None
    order = Order(article=told.stated.article, reason=chosen.value if chosen else "", requested_by=by)
    begun = takedowns.begin(group, order, told.stated.fetched_at)
    takedowns.finish(group, begun, stamp(told.at))


def _item(group: Group, told: Retold) -> DueItem:
    """An item whose feed's body is lost: as much as the revision tells of it."""
    stated, entry = told.stated, _entry(told)
    seen, digest = stamp(told.first_seen), ""  # nobody knows all that the feed said
    feed = group.connection.execute(_FEED, {"name": stated.feed}).mappings().one()
    row: NewRow = {
        "id": stated.item,
        "key": storable(entry.key),
        "feed_id": feed["id"],
        "host": host_of(entry.source_link, feed["url"]),
        "state": "new",
        "dated": stamp(entry.published) if entry.published else seen,
        "captures": 0,
        "first_seen": seen,
        "last_changed": seen,
        "digest": digest,
        "changes": 0,
        **entry_row(entry),
    }
    group.connection.execute(_NEW_ITEM, row)
    values = {"item": stated.item, "feed": feed["id"], "at": seen, "digest": digest}
    group.connection.execute(_SIGHTING, values)
    item = due_item(group, stated.item, stated.feed)
    assert item is not None
    return item


def _entry(told: Retold) -> Entry:
    known = told.entry
    return Entry(
        key=told.stated.item_key,
        position=0,
        guid=known.get("guid"),
        link=known.get("link"),
        source_link=known.get("source_link"),
        title=known.get("title"),
        published=instant_or_none(known.get("published")),
        updated=instant_or_none(known.get("updated")),
    )


def _article(group: Group, told: Retold, item: DueItem) -> None:
    """The article with its numbers, as it stood before this revision."""
    stated, connection = told.stated, group.connection
    group.connection.execute(_FIRST_SEEN, {"item": stated.item, "seen": stamp(told.first_seen)})
    key = claims.own_address(item.entry.key, item.entry.source_link, _link(told))
    row = connection.execute(_ARTICLE, {"article": stated.article}).mappings().one_or_none()
    if key is not None and connection.execute(_OWNER, {"key": key, "item": stated.item}).first():
        key = None
    if row is None:
        connection.execute(_NEW_ARTICLE, _new(told, key))
        return
    values = {"article": stated.article, "number": stated.revision, "previous": stated.previous}
    connection.execute(_REPLACED, values)
    connection.execute(_STEP_BACK, values)
    changed = _changed(row, item, key)
    if changed:
        connection.execute(_CHANGE, {"article": stated.article, **changed})


def _changed(row: RowMapping, item: DueItem, key: str | None) -> NewRow:
    """What a later claim changes of an article: the address that its page redirects to; its item."""
    changed: NewRow = {} if row["item_id"] == item.item_id else {"item_id": item.item_id}
    if key not in {None, row["url_key"], urls.identity(item.entry.source_link or "")}:
        changed["url_key"] = key
    return changed


def _link(told: Retold) -> str:
    """The address in the file, which the statement has without its secrets."""
    choices = (choice.winner.value for choice in told.choices if choice.field == "source_link")
    return next(choices, told.stated.source_link)


def _new(told: Retold, key: str | None) -> NewRow:
    stated = told.stated
    return {
        "id": stated.article,
        "item_id": stated.item,
        "url": stated.url,
        "code": stated.code,
        "url_key": key,
        "date": stamp(stated.date),
        "title": storable(stated.title),
        "source_link": storable(_link(told)),
        "source": stated.source,
        "source_key": stated.source_key,
        "state": "claimed",
        "draft": stated.draft,
        "revision": stated.revision - 1,
        "sha256": stated.previous,
        "claimed_at": stamp(told.at),
    }


def _record(told: Retold) -> Record:
    stated = told.stated
    claim = Claim(
        article_id=stated.article,
        feed_item_id=stated.item,
        url=stated.url,
        code=stated.code,
        date=stated.date,
        source_key=stated.source_key,
        revision=stated.revision,
        newest_digest=stated.previous,
    )
    return Record(
        claim=claim,
        item_id=stated.item,
        draft=_draft(told),
        document=stated.document,
        qrcode=stated.qrcode,
        origin=stated.origin,
        verdict=Verdict(ok=stated.ok, reasons=stated.reasons),
        reason=stated.reason,
        extraction=told.extraction,
        page_url=stated.page_url,
        page_digest=stated.page_sha256,
        fetched_at=stated.fetched_at,
        notice=stated.notice,
        change=told.change,
        statement=told.statement,
        kept=told.kept,
    )


def _draft(told: Retold) -> Draft:
    """What of the draft the database writes down."""
    stated, chosen = told.stated, {one.field: one.winner.value for one in told.choices}
    date = instant_or_none(chosen.get("date"))
    return Draft(
        title=stated.title,
        date=date or stated.date,
        draft=stated.draft,
        summary="",
        description="",
        source_link=_link(told),
        enclosure="",
        source=stated.source,
        source_key=stated.source_key,
        slug=stated.url,
        body="",
        choices=told.choices,
    )
