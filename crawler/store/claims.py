"""One release, one article: who gets which number, address and short code.

The function runs inside the writer's transaction, so that two claims in one group see each other.
"""

from __future__ import annotations

from itertools import count

from sqlalchemy import RowMapping, bindparam, insert, or_, select, text, update

from crawler import urls
from crawler.model import Claim, Draft, DueItem
from crawler.store.rows import NewRow, instant, stamp, storable
from crawler.store.schema import articles, feed_items
from crawler.store.writer import Group

_STANDING = (
    select(articles, feed_items.c.state.label("item_state"))
    .join(feed_items, feed_items.c.id == articles.c.item_id)
    .where(or_(articles.c.item_id == bindparam("item"), articles.c.url_key == bindparam("key")))
)
_TAKEN = text("""
    SELECT 'url' AS what FROM articles WHERE url = :url
    UNION ALL SELECT 'code' FROM articles WHERE code = :code""")
_NEW = insert(articles).returning(articles.c.id)
_TAKE_OVER = update(articles).where(articles.c.id == bindparam("article"))


def claim(group: Group, item: DueItem, draft: Draft, *, code_seed: str, limit: int, now: str) -> Claim:
    """The item's article; else the one that has the draft's address already; else a new one."""
    key = urls.identity(draft.source_link) or None
    found = list(group.connection.execute(_STANDING, {"item": item.item_id, "key": key}).mappings())
    own = next((row for row in found if row["item_id"] == item.item_id), None)
    if own is not None:
        return _claim(own, item, duplicate=False)
    if found and not _abandoned(found[0]):
        return _claim(found[0], item, duplicate=True)
    if found:
        group.connection.execute(_TAKE_OVER, {"article": found[0]["id"], "item_id": item.item_id})
        return _claim(found[0], item, duplicate=False)
    return _new(group, item, draft, code_seed=code_seed, limit=limit, key=key, now=now)


def _abandoned(article: RowMapping) -> bool:
    """Whether its item was given up before anything was written: the next one may have it."""
    return bool(article["revision"] == 0 and article["item_state"] == "failed")


def _claim(article: RowMapping, item: DueItem, *, duplicate: bool) -> Claim:
    return Claim(
        article_id=article["id"],
        feed_item_id=item.item_id,
        url=article["url"],
        code=article["code"],
        date=instant(article["date"]),
        source_key=article["source_key"],
        revision=article["revision"] + 1,
        newest_digest=article["sha256"],
        duplicate_of=article["id"] if duplicate else None,
    )


def _new(
    group: Group, item: DueItem, draft: Draft, *, code_seed: str, limit: int, key: str | None, now: str
) -> Claim:
    url, code = _free(group, draft.slug, code_seed, limit)
    row: NewRow = {
        "item_id": item.item_id,
        "url": url,
        "code": code,
        "url_key": key,
        "date": stamp(draft.date),
        "title": storable(draft.title),
        "source_link": storable(draft.source_link),
        "source": draft.source,
        "source_key": draft.source_key,
        "state": "claimed",
        "draft": draft.draft,
        "revision": 0,
        "claimed_at": now,
    }
    article_id = group.connection.execute(_NEW, row).scalar_one()
    return Claim(
        article_id=article_id,
        feed_item_id=item.item_id,
        url=url,
        code=code,
        date=instant(row["date"]),
        source_key=draft.source_key,
        revision=1,
    )


def _free(group: Group, slug: str, seed: str, limit: int) -> tuple[str, str]:
    """The first address (slug, slug-2, slug-3 …) and the first code that nobody has."""
    wishes = ((slug if n == 1 else urls.numbered(slug, n, limit)) for n in count(1))
    codes = urls.short_codes(seed)
    url, code = next(wishes), next(codes)
    while taken := set(group.connection.execute(_TAKEN, {"url": url, "code": code}).scalars()):
        url = next(wishes) if "url" in taken else url
        code = next(codes) if "code" in taken else code
    return url, code
