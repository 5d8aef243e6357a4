"""Whether a document shows its own end: for bodies whose length nothing tells.  Pure.

A body that ends with its connection (RFC 9112 §6.3, rule 8) may have been cut anywhere, and neither
length nor chunks nor compression tell.  What is left is the document: its root element's end tag, or
the bracket that closes JSON.
"""

from __future__ import annotations

import re

_HEAD = 4096  #: bytes in which the root element must begin
_TAIL = 65_536  #: bytes in which it must end: a look at all of a large body would hold up the loop
_EMPTY = re.compile(rb"<[^<>]*/>")
_SKIPPED = re.compile(rb"\s+|<!--.*?-->|<\?.*?\?>|<![a-z][^>\[]*(?:\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL)
_PROLOG = re.compile(rb"<\?xml|<!doctype", re.IGNORECASE)
_HTML = re.compile(rb"<!doctype\s+html[\s>]", re.IGNORECASE)
_START = re.compile(rb"<([a-z_][\w:.-]*)(?:\s|/?>)", re.IGNORECASE)
_KNOWN = re.compile(rb"(?:\w+:)?(?:html|rss|feed|rdf|opml|urlset|sitemapindex)", re.IGNORECASE)
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")  #: byte order marks
_CLOSING = {b"{": b"}", b"[": b"]"}


def shown(body: bytes) -> bool:
    """False where a document of a known form is not closed, or nothing has come; True for the rest."""
    head = _plain(body[:_HEAD])
    opened = _CLOSING.get(head[:1])
    if opened is not None:
        return _plain(body[-64:]).endswith(opened)
    return _closed(head, body) if head.startswith(b"<") else bool(head)


def _closed(head: bytes, body: bytes) -> bool:
    """Whether the root element ends; one that has not even begun does not."""
    place = 0
    while (match := _SKIPPED.match(head, place)) is not None:
        place = match.end()
    start = _START.match(head, place)
    if start is None:
        return False
    name = b"html" if _HTML.search(head, 0, place) else start[1]
    if not _PROLOG.match(head) and not _KNOWN.fullmatch(name):
        return True  # a fragment: nothing is promised
    end = re.compile(rb"</" + re.escape(name) + rb"\s*>", re.IGNORECASE)
    return end.search(_plain(body[-_TAIL:])) is not None or _EMPTY.fullmatch(head, place) is not None


def _plain(data: bytes) -> bytes:
    """The ASCII of UTF-8 and UTF-16 alike, without byte order mark and outer white space."""
    for mark in _MARKS:
        data = data.removeprefix(mark)
    return data.replace(b"\0", b"").strip()
