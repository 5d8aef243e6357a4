"""What a page's metadata call it, without the site's name.  Used by ``title``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from crawler.extract.head import Head, text
from crawler.likeness import words

LIMIT = 1000
"""Characters of a title that are read."""

SOURCES = 3
"""Metadata that have to say the same before they outweigh a heading."""

_TAIL = re.compile(r"(.*\S)\s*(?:\s[|\-–—·•:»«~/]+\s|\|)\s*(\S.*)$", re.DOTALL)
_SEPARATOR = re.compile(r"\s[|\-–—·•:»«~/]+\s|\|")


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """One title among the metadata."""

    text: str
    rule: str  #: "json-ld", "og:title", "twitter:title" or "title"
    words: tuple[str, ...]


def names(head: Head) -> list[Name]:
    """The page's titles by its metadata, the most careful first, without the site's name."""
    sites, host = _sites(head), (urlsplit(head.base).hostname or "").removeprefix("www.")
    candidates = [("json-ld", text(node.get("headline"))) for node in head.nodes if node.get("headline")][:1]
    candidates += [(name, text(head.meta(name))) for name in ("og:title", "twitter:title")]
    candidates.append(("title", head.title))
    return _agreed([_name(rule, without_site(value, sites, host)) for rule, value in candidates if value])


def _name(rule: str, value: str) -> Name:
    value = value[:LIMIT]
    return Name(text=value, rule=rule, words=tuple(words(value)))


def _sites(head: Head) -> list[str]:
    return [
        name for name in (head.meta("og:site_name"), head.meta("application-name"), head.publisher) if name
    ]


def without_site(title: str, sites: list[str], host: str) -> str:
    """Cut what follows the last separator if it contains a name of the site, or is its host's."""
    match = _TAIL.match(title)
    tail = _folded(match[2]) if match else ""
    if not match or not tail:
        return title
    known = [folded for name in sites if (folded := _folded(name))]
    hosts = {_folded(host), _folded(host.split(".")[0])}
    return match[1] if tail in hosts or any(name in tail for name in known) else title


def without_tail(title: str) -> str:
    """Cut what follows the last separator, whatever it is."""
    match = _TAIL.match(title)
    return match[1] if match else title


def _folded(name: str) -> str:
    return "".join(words(name))


def _agreed(found: list[Name]) -> list[Name]:
    """Where one is another with something behind a separator, that something is the site's name."""
    known = {name.words for name in found}
    return [_shortened(name, known) for name in found]


def _shortened(name: Name, known: set[tuple[str, ...]]) -> Name:
    for match in _SEPARATOR.finditer(name.text):
        start = name.text[: match.start()]
        own = tuple(words(start))
        if own in known and own != name.words:
            return replace(name, text=start, words=own)
    return name


def commonest(found: Sequence[Name]) -> Name | None:
    """The title that most metadata give; of equals the most careful."""
    counts = Counter(name.words for name in found)
    return max(found, key=lambda name: counts[name.words], default=None)


def unanimous(found: Sequence[Name]) -> Name | None:
    """The title on which at least ``SOURCES`` metadata agree and that all others begin with."""
    shortest = min(found, key=lambda name: len(name.words), default=None)
    if shortest is None or sum(name.words == shortest.words for name in found) < SOURCES:
        return None
    length = len(shortest.words)
    return shortest if all(name.words[:length] == shortest.words for name in found) else None
