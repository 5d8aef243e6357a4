"""Who an entry is: the key under which the archive knows it from one poll to the next.

Identifiers in feeds are missing, empty, repeated, relative or new at each poll; addresses carry tracking parameters and
change from http to https.  The rule, strongest evidence first:

1. An entry whose link is usable (canonical, and not the site's front page) is its address: ``url:`` and the address's
   identity, which ignores scheme, ``www.`` and tracking.  The guid has no say, so a feed that invents new ones at each
   poll brings no storm, and the same release in two feeds is one.  One id on two links is two entries (co-filers).
   An anchor joins (``/changes#v2`` is not ``/changes#v1``) unless it is tracking, such as ``#utm_source=…``.
2. Without such a link it is its guid, within its feed: ``guid:<feed>:<guid>``.
3. Without a guid, it is what it says: ``text:<feed>:`` and a digest of title and date, or of the summary if untitled.

Up to here nothing depends on the other entries.  Only where entries that say different things share a key (all link to
one landing page, one guid on two items) does more join, step by step until they differ: the guid, title and date, the
summary.  All of them get it, the first too: if one kept the bare key, the next two that replace both in the window
would find it taken, and one would be lost.  The price: an entry that stood alone at one poll and shares its link at the
next is read once more.  It has two keys at most, so this ends there.

Entries that say the same under one key are one, whatever their guids: only the first is kept.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from crawler import urls
from crawler.model import Entry

LONGEST_GUID = 500  #: characters

_CHANNEL = re.compile(r"=|(?:^|[._-])(?:rss|feed|atom)(?:[._-]|$)", re.IGNORECASE)


def assign(entries: Sequence[Entry], feed_name: str) -> tuple[Entry, ...]:
    """Give every entry its key; entries that say the same get the same."""
    keys = [_natural(entry, feed_name) for entry in entries]
    said = [_says(entry) for entry in entries]
    first = dict(reversed(list(zip(zip(keys, said, strict=True), entries, strict=True))))
    speakers = [first[pair] for pair in zip(keys, said, strict=True)]  # twins follow the first one's guid
    for step in (_by_guid, _by_headline, _by_summary):
        voices = Counter(key for key, _ in set(zip(keys, said, strict=True)))
        if max(voices.values(), default=0) < 2:
            break
        keys = [
            key + step(entry) if voices[key] > 1 else key for key, entry in zip(keys, speakers, strict=True)
        ]
    return tuple(replace(entry, key=key) for entry, key in zip(entries, keys, strict=True))


def distinct(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The first entry of each key, in their order."""
    first: dict[str, Entry] = {}
    for entry in entries:
        first.setdefault(entry.key, entry)
    return tuple(first.values())


def is_blank(entry: Entry) -> bool:
    """Whether an item says nothing by which it could be found or shown."""
    return not (
        entry.source_link or entry.guid or entry.title or entry.summary or entry.content or entry.enclosures
    )


def _natural(entry: Entry, feed_name: str) -> str:
    """The key that depends on this entry alone."""
    if entry.source_link and (not urls.is_root(entry.source_link) or _anchor(entry)):
        return f"url:{urls.identity(entry.source_link)}{_anchor(entry)}"
    if entry.guid:
        return f"guid:{feed_name}:{_guid(entry)}"
    said = (
        (entry.title, entry.published_raw)
        if entry.title
        else (entry.summary or entry.content, entry.published_raw)
    )
    return f"text:{feed_name}:{_digest(*said)}"


def _guid(entry: Entry) -> str:
    """The guid as it is, or its digest where it is no identifier's length."""
    guid = entry.guid or ""
    return guid if len(guid) <= LONGEST_GUID else _digest(guid)


def _anchor(entry: Entry) -> str:
    """``#name`` where the link's fragment names a part of the page, not a channel it was found by."""
    fragment = (entry.link or "").partition("#")[2].strip()
    if not fragment or fragment.startswith("!") or _CHANNEL.search(fragment):
        return ""
    return "#" + fragment


def _says(entry: Entry) -> str:
    """A digest of all that an entry says, its guid apart."""
    return _digest(entry.title, entry.published_raw, entry.summary, entry.content)


def _by_guid(entry: Entry) -> str:
    return f"#guid:{_guid(entry)}" if entry.guid else ""


def _by_headline(entry: Entry) -> str:
    return f"#{_digest(entry.title, entry.published_raw)}"


def _by_summary(entry: Entry) -> str:
    return f"#{_digest(entry.summary, entry.content)}"


def _digest(*parts: str | None) -> str:
    """16 hexadecimal digits, 64 bits, of SHA-256."""
    text = "\x1f".join(part or "" for part in parts)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
