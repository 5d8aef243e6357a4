"""One release, one article: who gets which number, address and short code.

The function runs inside the writer's transaction, so that two claims in one group see each other.
"""

from __future__ import annotations

from sqlalchemy import RowMapping, bindparam, insert, or_, select, text, update

from crawler import urls
from crawler.model import Claim, Draft, DueItem
from crawler.store.rows import NewRow, instant, stamp, storable
from crawler.store.schema import articles, feed_items
from crawler.store.writer import Group

_STANDING = (
    select(articles, feed_items.c.due_at.label("item_due_at"))
    .join(feed_items, feed_items.c.id == articles.c.item_id)
    .where(or_(articles.c.item_id == bindparam("item"), articles.c.url_key == bindparam("key")))
)
_TAKEN = text("""
    SELECT 'url' AS what FROM articles WHERE url = :url
    UNION ALL SELECT 'code' FROM articles WHERE code = :code""")
_NEW = insert(articles).returning(articles.c.id)
_CHANGE = update(articles).where(articles.c.id == bindparam("article"))


def claim(group: Group, item: DueItem, draft: Draft, *, code_seed: str, limit: int, now: str) -> Claim:
    """The item's article; else the one that has the draft's address already; else a new one."""
    key = _own_address(item, draft)
    found = list(group.connection.execute(_STANDING, {"item": item.item_id, "key": key}).mappings())
    own = next((row for row in found if row["item_id"] == item.item_id), None)
    other = next((row for row in found if row["item_id"] != item.item_id), None)
    if own is not None:
        return _again(group, item, own, other, key)
    if other is None:
        return _new(group, item, draft, code_seed=code_seed, limit=limit, key=key, now=now)
    if _abandoned(other):
        group.connection.execute(_CHANGE, {"article": other["id"], "item_id": item.item_id})
        return _claim(other, item, duplicate=False)
    return _claim(other, item, duplicate=True)


def _own_address(item: DueItem, draft: Draft) -> str | None:
    """The identity of the draft's address, if it is the item's alone; else None."""
    return own_address(item.entry.key, item.entry.source_link, draft.source_link)


def own_address(key: str, link: str | None, address: str) -> str | None:
    """The identity of an address, if it is that item's alone which has this key and link; else None.

    The entry's key says whose its link is.  ``url:`` and the link's identity, bare: the item's own,
    and so is the page it redirects to.  Any other key: there is no link, or only the front page, or
    several items share it, and with it whatever it leads to; two releases would count as one.
    """
    link = urls.identity(link or "")
    if not link or key != f"url:{link}" or urls.is_root(address):
        return None
    return urls.identity(address) or None


def _again(group: Group, item: DueItem, own: RowMapping, other: RowMapping | None, key: str | None) -> Claim:
    """The item's own article, unless nothing of it was written and its page is another's by now.

    Where a redirect leads to is known only when the page is read, perhaps after the feed's own
    content was archived: from then on the article goes by that address.
    """
    if other is not None and other["revision"] and not own["revision"]:
        return _claim(other, item, duplicate=True)
    redirected = key is not None and key != urls.identity(item.entry.source_link or "")
    if redirected and other is None:
        group.connection.execute(_CHANGE, {"article": own["id"], "url_key": key})
    return _claim(own, item, duplicate=False)


def _abandoned(article: RowMapping) -> bool:
    """Whether nothing was written and nothing will be, for its item is not due: the next one may have it."""
    return bool(article["revision"] == 0 and article["item_due_at"] is None)


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
    """An address (slug, slug-2, slug-3 …) and the first code that nobody has."""
    codes = urls.short_codes(seed)
    url, code = slug, next(codes)
    while taken := set(group.connection.execute(_TAKEN, {"url": url, "code": code}).scalars()):
        url = _unlike(group, slug, limit) if "url" in taken else url
        code = next(codes) if "code" in taken else code
    return url, code


def _unlike(group: Group, slug: str, limit: int) -> str:
    """The address of a slug's next twin.

    Numbers are given without a gap, so that a few looks find the first free one, however many twins
    there are: a feed may give five thousand items one title.
    """

    def is_taken(number: int) -> bool:
        known = {"url": urls.numbered(slug, number, limit), "code": ""}
        return group.connection.execute(_TAKEN, known).first() is not None

    low, high = 1, 2
    while is_taken(high):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_taken(middle) else (low, middle)
    return urls.numbered(slug, high, limit)
