"""What an article says, apart from how it is dressed: so that edits that are none make no revision.

Two versions have one essence if they differ only in white space, typographic quotes, dashes and entities, in
emphasis and headings, in tracking parameters, in lines that count readers or tell when a page was made, and in
lists of links to other stories.  A changed letter, digit, name, date or link is another essence.
Used by ``revising``, which asks it of two files, and by the store of what two feeds tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from html import unescape
from urllib.parse import urlsplit

from crawler import urls
from crawler.document import Document

LONGEST = (
    2_000_000  #: characters of a text that are looked at so closely; of a longer one every letter counts
)

_QUOTES = {
    **dict.fromkeys("‘’‚‛′`´ʼ", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("\u00ad\u200b\u200e\u200f\u2060\ufeff", ""),
    "…": "...",
}
#: Nothing but white space parts a dash from its words.
_DASH = re.compile(r"(?<=\S) ?- ?(?=\S)")

_TAG = re.compile(r"""<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:[^<>"]|"[^"<]*")*)>""")
_ATTRIBUTE = re.compile(r"""\b(href|src)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
#: A tag at which a block of text ends.
_BLOCK = re.compile(
    r"</?(?:address|article|aside|blockquote|br|caption|dd|div|dl|dt|figcaption|figure|footer|h[1-6]|header|hr"
    r"|li|main|nav|ol|p|pre|section|table|tbody|td|tfoot|th|thead|tr|ul)(?![a-z0-9])"
    r"""(?:[^<>"]|"[^"<]*")*>""",
    re.IGNORECASE | re.ASCII,
)
#: Marks that change what is said: 10<sup>2</sup> is not 102, and what is struck out is not meant.
_MEANT = frozenset("s strike del ins sup sub".split())

_COUNTER = re.compile(
    r"(?=.*\d)(?:[\d.,]+\s?[km]?\s)?(?:total |page |article |story )?(?:views?|reads?|shares?|likes?|comments?"
    r"|clicks?|downloads?|retweets?|tweets?|followers?)(?:\s?:?\s?[\d.,]+\s?[km]?)?"
    r"|\d+ min(?:ute)?s?(?: |-)read|(?:read|viewed|shared) [\d.,]+ times?",
    re.IGNORECASE,
)
_AGO = r"(?:\d+|an?|one|a few) (?:second|sec|minute|min|hour|hr|day|week|month|year)s? ago|just now"
_MOMENT = (
    r"(?:\d[\d:./-]*(?:st|nd|rd|th|z)?|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"
    r"|(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,6}|[ap]\.?m\.?|at|on|of"
    r"|[ecmp][ds]?t|gmt|utc|ce[s]?t|bst|[-+]\d[\d:]*)"
)
_MADE = re.compile(
    rf"(?:{_AGO}|(?:page |last |article )?(?:updated|modified|refreshed|generated|printed|retrieved|accessed"
    rf"|rendered)(?: on| at)?[:\s]+(?:{_AGO}|{_MOMENT}(?:[\s,|]+{_MOMENT}){{0,12}})"
    rf"|today is {_MOMENT}(?:[\s,]+{_MOMENT}){{0,6}})\.?",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"(?:related|recommended|popular|latest|recent|trending|other|similar|more)"
    r"(?: (?:articles?|stories|story|news|posts?|releases?|reading|content|links?|coverage|headlines))?"
    r"|(?:most|more) (?:popular|read|viewed|shared|recent|from\b.{1,60})|you (?:may|might) also (?:like|enjoy)"
    r"|read (?:next|more|also)|also on\b.{1,60}|don't miss|up next|see also",
    re.IGNORECASE,
)
_LINK = "\x01"  #: before an address within a text: no text holds one


def of(document: Document) -> str:
    """The digest of all that an article says; of its numbers and our own addresses nothing."""
    told = (
        plain(document.title),
        document.date,
        str(document.draft),
        marked(document.summary),
        plain(document.description),
        _address(document.source_link),
        _place(document.enclosure),
        marked(document.body),
    )
    return sha256("\x00".join(told).encode("utf-8", "replace")).hexdigest()


def alike(one: str | None, other: str | None) -> bool:
    """Whether two texts of a feed, plain or HTML, say the same."""
    return one == other or marked(one or "") == marked(other or "")


def plain(text: str) -> str:
    """A text without what its typesetter chose."""
    if "&" in text:
        text = unescape(text)
    return _joined(" ".join(text.split())) if text.isascii() else _spelled(text)


def _spelled(text: str) -> str:
    text = " ".join(text.split()).replace("« ", "«").replace(" »", "»")  # French ones have a space within
    for dressed, bare in _QUOTES.items():  # six times as fast as str.translate
        if dressed in text:
            text = text.replace(dressed, bare)
    return _joined(" ".join(text.split()))


def _joined(text: str) -> str:
    return _DASH.sub("-", text) if " -" in text or "- " in text else text


def marked(html: str) -> str:
    """A text of HTML: its words, the addresses that it leads to, and marks that change what is said."""
    if len(html) > LONGEST:
        return html
    return " ".join(_kept([block for block in _lines(html) if block[0]]))


def _kept(lines: list[tuple[str, bool]]) -> Iterator[str]:
    """The lines that are the article's own; with each comes whether it is all one link."""
    passing = False  # through a list of other stories
    for number, (line, linked) in enumerate(lines):
        words = line.partition(_LINK)[0].strip().rstrip(":").rstrip()
        if _ELSEWHERE.fullmatch(words) and number + 1 < len(lines) and lines[number + 1][1]:
            passing = True
        elif not (passing and linked):
            passing = False
            if not (_COUNTER.fullmatch(line) or _MADE.fullmatch(line)):
                yield line


def _lines(html: str) -> Iterator[tuple[str, bool]]:
    """The text block by block, and whether a block is all one link."""
    within = False  # a link, which may go on over several blocks
    for block in _BLOCK.split(html):
        if "<" in block:
            text, linked, within = _tagged(block, within)
            yield plain(text), linked
        elif block and not block.isspace():
            yield plain(block), within


def _tagged(block: str, within: bool) -> tuple[str, bool, bool]:
    """The text of a block with tags, whether it is all one link, and whether a link goes on behind it."""
    parts: list[str] = []
    outside = False  # whether something of the block stands outside a link
    seen = within
    position = 0
    for tag in _TAG.finditer(block):
        text = block[position : tag.start()]
        position = tag.end()
        outside |= bool(text.strip()) and not within
        name = tag[2].lower()
        if name == "a":
            within = not tag[1]
            seen |= within
        parts += text, _mark(name, tag)
    rest = block[position:]
    parts.append(rest)
    return "".join(parts), seen and not (outside or (rest.strip() and not within)), within


def _mark(name: str, tag: re.Match[str]) -> str:
    """What stands for a tag within the text."""
    if name in _MEANT:
        return f"\x02{tag[1]}{name}\x02"
    if tag[1] or name not in {"a", "img"}:
        return ""
    found = {key.lower(): unescape("".join(values)) for key, *values in _ATTRIBUTE.findall(tag[3])}
    if name == "a" and "href" in found:
        return f" {_LINK}{_address(found['href'])} "
    return f" {_LINK}{_place(found['src'])} " if name == "img" and "src" in found else ""


def _address(url: str) -> str:
    """Where a link leads, without what tracks its reader."""
    return urls.canonical(url) or " ".join(url.split())


def _place(url: str) -> str:
    """An image by its path: its server, and the signature of its address, are changed at every visit."""
    try:
        return urlsplit(url).path.rpartition("//")[2]
    except ValueError:
        return url
