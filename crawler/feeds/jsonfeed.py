"""JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1) by the standard library; wrong types are passed over."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from crawler import dates, urls
from crawler.errors import NotAFeed
from crawler.feeds import plain
from crawler.feeds.links import page, resolve
from crawler.model import Enclosure, Entry, FeedDocument, FeedInfo

_VERSION = "jsonfeed.org/version/"
_MEMBERS = frozenset({"content_html", "content_text", "date_published", "external_url"})
"""Members of items that other JSON with a list of "items" hardly has."""


def is_json(text: str) -> bool:
    """Whether a text can only be JSON."""
    return text.lstrip("\ufeff \t\r\n")[:1] in {"{", "["}


def read(text: str, *, url: str, limit: int) -> FeedDocument:
    """Read a JSON Feed; entries have no keys yet.  Raises ``NotAFeed``."""
    feed = _load(text.lstrip("\ufeff \t\r\n"))
    items = feed.get("items")
    if not isinstance(items, list):
        raise NotAFeed('the body is JSON, but no feed: it has no list of "items"')
    if not (_named(feed) or _alike(items)):
        raise NotAFeed("the body is JSON, but no feed: it names no JSON Feed version")
    if isinstance(feed.get("title"), list | dict):
        raise NotAFeed("the body is a broken JSON Feed: its title is no text")
    usable = [item for item in items if isinstance(item, dict)]
    entries = tuple(_entry(item, position, url, feed) for position, item in enumerate(usable[:limit]))
    return FeedDocument(info=_info(feed, url, _notes(items, usable, limit)), entries=entries)


def _named(feed: dict[str, Any]) -> bool:
    """Whether it calls itself a JSON Feed."""
    version = feed.get("version")
    return isinstance(version, str) and _VERSION in version


def _alike(items: list[Any]) -> bool:
    """Whether all items look like a JSON Feed's."""
    return bool(items) and all(isinstance(item, dict) and not _MEMBERS.isdisjoint(item) for item in items)


def _load(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text, strict=False)
    except RecursionError:
        raise NotAFeed("the body is JSON, nested too deep") from None
    except ValueError as error:
        raise NotAFeed(f"the body is broken JSON: {str(error)[:100]}") from None
    if not isinstance(value, dict):
        raise NotAFeed("the body is JSON, but no feed: it is no object")
    return value


def _notes(items: list[Any], usable: list[Any], limit: int) -> tuple[str, ...]:
    notes = []
    if len(usable) < len(items):
        notes.append(f"{len(items) - len(usable)} items are no objects and were left out")
    if len(usable) > limit:
        notes.append(f"more than {limit:,} entries: the rest was left out")
    return tuple(notes)


def _info(feed: dict[str, Any], url: str, notes: tuple[str, ...]) -> FeedInfo:
    version = plain.raw(feed.get("version")) or ""
    number = version.rpartition("/")[2].replace(".", "")
    hubs = [hub.get("url") for hub in _objects(feed.get("hubs")) if _pushes(hub.get("type"))]
    return FeedInfo(
        format="json" + (number if number in {"1", "11"} else ""),
        title=plain.title(feed.get("title")),
        link=_address(feed.get("home_page_url"), url),
        language=plain.title(feed.get("language")),
        hub=next((address for hub in hubs if (address := _address(hub, url))), None),
        topic=_address(feed.get("feed_url"), url),
        older=_address(feed.get("next_url"), url),
        notes=notes,
    )


def _pushes(kind: Any) -> bool:
    """Whether a hub speaks WebSub, as one that does not say probably does; rssCloud does not."""
    return not isinstance(kind, str) or kind.strip().lower() in {"", "websub", "pubsubhubbub"}


def _entry(item: dict[str, Any], position: int, url: str, feed: dict[str, Any]) -> Entry:
    guid = plain.raw(item.get("id"))
    link = next(filter(None, (_page(item.get(key), url) for key in ("url", "external_url"))), None)
    link = link or _permalink(guid, url)
    published, published_raw = _date(item.get("date_published"))
    updated, updated_raw = _date(item.get("date_modified"))
    return Entry(
        key="",
        position=position,
        guid=guid,
        link=link,
        source_link=urls.canonical(link) if link else None,
        title=plain.title(item.get("title")),
        published=published,
        published_raw=published_raw,
        updated=updated,
        updated_raw=updated_raw,
        summary=plain.absolute(plain.markup(item.get("summary")), link or url),
        content=plain.absolute(_content(item), link or url),
        author=_author(item) or _author(feed),
        language=plain.title(item.get("language") or feed.get("language")),
        categories=_categories(item.get("tags")),
        enclosures=tuple(_enclosures(item, url)),
    )


def _page(value: Any, url: str) -> str | None:
    return page(value, "", url) if isinstance(value, str) and value.strip() else None


def _permalink(guid: str | None, url: str) -> str | None:
    """An id is often the address (JSON Feed 1.1, "id")."""
    is_address = guid and guid.lower().startswith(("http://", "https://"))
    return guid if is_address and _page(guid, url) else None


def _date(value: Any) -> tuple[datetime | None, str | None]:
    text = plain.raw(value)
    return dates.read(text), text[: dates.MAX_LENGTH] if text else None


def _content(item: dict[str, Any]) -> str | None:
    """The HTML, else the plain text as HTML."""
    marked = plain.markup(item.get("content_html"))
    text = None if marked else plain.markup(item.get("content_text"))
    if text is None:
        return marked
    blocks = [" ".join(block.split()) for block in text.replace("\r\n", "\n").split("\n\n")]
    return "".join(f"<p>{html.escape(block, quote=False)}</p>" for block in blocks if block)


def _author(holder: dict[str, Any]) -> str | None:
    """Version 1.1 has a list of authors, 1.0 one."""
    authors = [*_objects(holder.get("authors")), *_objects([holder.get("author")])]
    names = [name for author in authors if (name := plain.title(author.get("name")))]
    return ", ".join(dict.fromkeys(names)) or None


def _categories(tags: Any) -> tuple[str, ...]:
    terms = [plain.title(tag) for tag in tags] if isinstance(tags, list) else []
    return tuple(dict.fromkeys(term for term in terms if term))


def _enclosures(item: dict[str, Any], url: str) -> Iterator[Enclosure]:
    seen = set()
    listed = [
        (part.get("url"), part.get("mime_type"), part.get("size_in_bytes"))
        for part in _objects(item.get("attachments"))
    ]
    images = [(item.get(key), "image/*", None) for key in ("image", "banner_image")]
    for address, kind, size in [*listed, *images]:
        target = _address(address, url)
        if target and target not in seen:
            seen.add(target)
            yield Enclosure(url=target, type=plain.raw(kind), length=_length(size))


def _length(size: Any) -> int | None:
    """Bytes; a number, though not ``true``, which Python counts as one."""
    if isinstance(size, bool) or not isinstance(size, int | float):
        return None
    return int(size) if 0 < size < 10**15 else None


def _address(value: Any, url: str) -> str | None:
    return resolve(value, "", url) if isinstance(value, str) and value.strip() else None


def _objects(value: Any) -> list[dict[str, Any]]:
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []
