"""What the scan collects, raw and in the document's order, because feedparser rewrites or loses it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class LinkFact:
    """One ``<link>`` of an entry."""

    target: str  #: the href, or the element's text
    relation: str = "alternate"  #: RFC 4287 §4.2.7.2: the default
    type: str = ""
    base: str = ""  #: xml:base in scope, not yet joined with the document's address
    written: bool = False  #: as the element's text, the RSS way


@dataclass(slots=True)
class ItemFacts:
    """What one ``<item>`` or ``<entry>`` says in its direct children."""

    start: int  #: byte offset of its start tag
    base: str = ""
    about: str | None = None  #: rdf:about
    permalink: str | None = None  #: the guid's isPermaLink, however it is spelt
    texts: dict[str, list[str]] = field(default_factory=dict)  #: by slot: guid, published, date, …
    links: list[LinkFact] = field(default_factory=list)

    def first(self, slot: str) -> str | None:
        """The first text of a slot that is not blank."""
        return next((text.strip() for text in self.texts.get(slot, ()) if text.strip()), None)


@dataclass(slots=True)
class Problem:
    """Why expat stopped."""

    message: str
    line: int
    offset: int  #: byte offset up to which the document is usable
    kind: str  #: "cut", "junk", "limit" or "syntax"
    unfinished: bool = False  #: an entry was still open
    open: tuple[str, ...] = ()  #: elements to be closed after ``offset``, outermost first


@dataclass(slots=True)
class Facts:
    """A document as the scan saw it."""

    root: str = ""  #: local name of the root element, in lower case
    version: str = ""  #: the root's version attribute
    items: list[ItemFacts] = field(default_factory=list)
    texts: dict[str, list[str]] = field(default_factory=dict)  #: of the feed: ttl, hour, day, …
    relations: dict[str, str] = field(
        default_factory=dict
    )  #: of the feed's own links: relation → first address
    language: str | None = None
    open: list[str] = field(default_factory=list)  #: names of the elements still open where expat stopped
    problem: Problem | None = None
