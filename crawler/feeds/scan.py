"""The expat scan before feedparser: limits, and the raw facts that feedparser rewrites.

A document that goes beyond the limits is refused; a syntax error is only noted.  It must be given prepared text
(``mend.prepare``): a DOCTYPE here is refused, so no entity is ever declared or expanded.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit
from xml.parsers import expat

from crawler.errors import NotAFeed
from crawler.feeds.facts import Facts, ItemFacts, LinkFact, Problem

MAX_ATTRIBUTES = 250  #: on one element; feedparser's time grows with their square
MAX_DEPTH = 200  #: of nested elements
MAX_ELEMENTS = 200_000  #: in a document; feedparser needs some 10 µs for each
MAX_NAMESPACES = 300  #: different ones in a document; feedparser goes through them at each element

MAX_TAGS = 1000  #: categories of one entry; feedparser compares each with all before it
MAX_SHORT_TEXT = (
    10_000  #: characters of a name or a keyword list; feedparser searches names in quadratic time
)

_XML = "http://www.w3.org/XML/1998/namespace"
_CORE = frozenset(
    {
        "", "http://backend.userland.com/rss", "http://backend.userland.com/rss2",
        "http://blogs.law.harvard.edu/tech/rss", "http://purl.org/rss/1.0/",
        "http://my.netscape.com/rdf/simple/0.9/", "http://channel.netscape.com/rdf/simple/0.9/",
        "http://example.com/newformat#", "http://example.com/necho", "http://purl.org/echo/", "uri/of/echo/namespace#",
        "http://purl.org/pie/", "http://purl.org/atom/ns#", "http://www.w3.org/2005/atom",
        "http://purl.org/rss/1.0/modules/rss091#",
    }
)  # fmt: skip
_VOCABULARIES = (
    ("http://purl.org/dc/terms", "dc"),
    ("http://purl.org/dc/", "dc"),
    ("http://dublincore.org/", "dc"),
    ("http://rssnamespace.org/feedburner/", "feedburner"),
    ("http://purl.org/rss/1.0/modules/syndication", "sy"),
    ("http://backend.userland.com/rss", ""),
)
_ENTRY_SLOTS = {
    ("", "guid"): "guid", ("", "id"): "guid", ("", "link"): "link",
    ("", "pubdate"): "published", ("", "published"): "published", ("", "issued"): "published",
    ("", "date"): "date", ("", "created"): "created",
    ("", "updated"): "updated", ("", "modified"): "updated", ("", "lastbuilddate"): "updated",
    ("dc", "date"): "date", ("dc", "issued"): "published", ("dc", "created"): "created",
    ("dc", "modified"): "updated", ("feedburner", "origlink"): "original",
}  # fmt: skip
_FEED_SLOTS = {
    ("", "ttl"): "ttl", ("", "hour"): "hour", ("", "day"): "day", ("", "language"): "language",
    ("dc", "language"): "language", ("sy", "updateperiod"): "period", ("sy", "updatefrequency"): "frequency",
    ("", "link"): "link",
}  # fmt: skip
_OPEN_CDATA = "unclosed CDATA section"
_SHORT = frozenset(
    {"author", "creator", "managingeditor", "webmaster", "publisher", "owner", "keywords", "tags"}
)
_TAGS = frozenset({"category", "subject", "keywords"})
_CUT = frozenset({"no element found", "unclosed token", "partial character", _OPEN_CDATA})


class _Enough(Exception):
    """More than is wanted; carries of what, and the byte at which the first unwanted one begins."""

    def __init__(self, what: str, offset: int) -> None:
        super().__init__(what, offset)
        self.what = what
        self.offset = offset


def scan(document: bytes, *, limit: int) -> Facts:
    """Collect the facts of a UTF-8 document; raises ``NotAFeed`` beyond the limits."""
    scanner = _Scanner(limit)
    try:
        scanner.parser.Parse(document, True)
    except expat.ExpatError as error:
        scanner.stopped(error, document)
    except _Enough as enough:
        scanner.note("limit", f"more than {enough.what}", 0, enough.offset)
    return scanner.facts


class _Scanner:
    """The state of one scan."""

    def __init__(self, limit: int) -> None:
        self.facts = Facts()
        self.limit = limit
        self.elements = 0
        self.items: list[tuple[int, ItemFacts]] = []  # open ones, with their depth
        self.bases: list[tuple[int, str]] = [(0, "")]
        self.slot: tuple[int, dict[str, list[str]], str] | None = None
        self.link: tuple[int, LinkFact] | None = None
        self.pieces: list[str] = []
        self.tags = 0  # of the entry that is open
        self.names: dict[str, tuple[str, str, str]] = {}
        self.namespaces: set[tuple[str | None, str | None]] = set()
        self.parser = expat.ParserCreate("utf-8", " ")
        self.parser.namespace_prefixes = True
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.parser.StartNamespaceDeclHandler = self.namespace

    def doctype(self, *_: object) -> None:
        """No DOCTYPE may be left: it could declare entities."""
        raise NotAFeed("a document type declaration stands where none may be")

    def namespace(self, prefix: str | None, uri: str | None) -> None:
        """A namespace declaration."""
        self.namespaces.add((prefix, uri))
        if len(self.namespaces) > MAX_NAMESPACES:
            raise NotAFeed(f"more than {MAX_NAMESPACES} namespaces are declared")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """A start tag."""
        self.elements += 1
        if self.elements > MAX_ELEMENTS:
            raise _Enough(f"{MAX_ELEMENTS:,} elements", self.parser.CurrentByteIndex)
        if len(attributes) > MAX_ATTRIBUTES:
            raise NotAFeed(f"an element has {len(attributes):,} attributes; {MAX_ATTRIBUTES:,} are allowed")
        vocabulary, local, written = self.names.get(name) or self.split(name)
        names = self.facts.open
        if len(names) >= MAX_DEPTH:
            raise NotAFeed(f"elements are nested more than {MAX_DEPTH} deep")
        depth = len(names) + 1
        base = attributes.get(f"{_XML} base xml")
        if base is not None:
            self.bases.append((depth, _join(self.bases[-1][1], base)))
        if depth == 1:
            self.root(local, attributes)
        self.weigh(depth, local)
        if local in {"item", "entry"} and vocabulary == "":
            self.entry(depth, attributes)
        elif self.items:
            if depth == self.items[-1][0] + 1:
                self.child(depth, (vocabulary, local), attributes)
        elif depth <= 4:
            self.feed_child(depth, (vocabulary, local), attributes)
        names.append(written)

    def weigh(self, depth: int, local: str) -> None:
        """Watch what costs feedparser more than its length."""
        if local in _SHORT and self.slot is None:
            self.collect(depth, {}, "short")
        if local in _TAGS:
            self.tags += 1
            if self.tags > MAX_TAGS:
                raise NotAFeed(f"an entry has more than {MAX_TAGS:,} categories")

    def split(self, name: str) -> tuple[str, str, str]:
        """(vocabulary, local name, name as written) of an expanded name."""
        parts = name.split(" ")
        namespace, local = (parts[0], parts[1]) if len(parts) > 1 else ("", parts[0])
        written = f"{parts[2]}:{local}" if len(parts) > 2 else local
        lower = namespace.lower()
        known = next((word for start, word in _VOCABULARIES if lower.startswith(start)), namespace)
        found = ("" if lower in _CORE else known, local.lower(), written)
        self.names[name] = found
        return found

    def root(self, local: str, attributes: Mapping[str, str]) -> None:
        """The document's element."""
        self.facts.root = local
        self.facts.version = attributes.get("version", "")
        self.facts.language = attributes.get(f"{_XML} lang xml") or None

    def entry(self, depth: int, attributes: Mapping[str, str]) -> None:
        """An entry begins."""
        if len(self.facts.items) >= self.limit:
            raise _Enough(f"{self.limit:,} entries", self.parser.CurrentByteIndex)
        about = next((value for key, value in attributes.items() if "#" in key and " about" in key), None)
        facts = ItemFacts(start=self.parser.CurrentByteIndex, base=self.bases[-1][1], about=about)
        address = next((value for key, value in attributes.items() if key.lower() == "href"), "")
        if address:  # Channel Definition Format
            facts.links.append(LinkFact(target=address, base=facts.base))
        self.facts.items.append(facts)
        self.items.append((depth, facts))
        self.tags = 0

    def child(self, depth: int, name: tuple[str, str], attributes: Mapping[str, str]) -> None:
        """A direct child of an entry."""
        slot = _ENTRY_SLOTS.get(name)
        if slot is None:
            return
        facts = self.items[-1][1]
        self.collect(depth, facts.texts, slot)
        if slot == "link":
            lower = {key.lower(): value for key, value in attributes.items()}
            link = LinkFact(
                target=lower.get("href", ""),
                relation=_relation(lower),
                type=lower.get("type", "").strip().lower(),
                base=self.bases[-1][1],
            )
            facts.links.append(link)
            self.link = (depth, link)
        elif slot == "guid" and facts.permalink is None:
            spelt = {key.lower(): value for key, value in attributes.items()}
            facts.permalink = spelt.get("ispermalink")

    def feed_child(self, depth: int, name: tuple[str, str], attributes: Mapping[str, str]) -> None:
        """An element outside entries."""
        slot = _FEED_SLOTS.get(name)
        if slot == "link":
            target = attributes.get("href", "").strip()
            if target:
                self.facts.relations.setdefault(_relation(attributes), target)
        elif slot:
            self.collect(depth, self.facts.texts, slot)

    def collect(self, depth: int, texts: dict[str, list[str]], slot: str) -> None:
        """Gather the text up to this element's end."""
        self.slot = (depth, texts, slot)
        self.link = None  # an entry nested in a link leaves it unfinished
        self.pieces = []
        self.parser.CharacterDataHandler = self.pieces.append

    def end(self, name: str) -> None:
        """An end tag."""
        depth = len(self.facts.open)
        self.facts.open.pop()
        if self.bases[-1][0] == depth:
            self.bases.pop()
        if self.slot and self.slot[0] == depth:
            text = "".join(self.pieces)
            self.slot[1].setdefault(self.slot[2], []).append(text)
            if self.slot[2] == "short" and len(text) > MAX_SHORT_TEXT:
                raise NotAFeed(f"a name is longer than {MAX_SHORT_TEXT:,} characters")
            if self.link and self.link[0] == depth:
                self.link[1].written = not self.link[1].target.strip() and bool(text.strip())
                self.link[1].target = self.link[1].target.strip() or text.strip()
                self.link = None
            self.slot = None
            self.parser.CharacterDataHandler = None
        if self.items and self.items[-1][0] == depth:
            self.items.pop()

    def stopped(self, error: expat.ExpatError, document: bytes) -> None:
        """Note a syntax error."""
        message = expat.ErrorString(error.code)
        kind, offset = "syntax", self.parser.ErrorByteIndex
        if message in _CUT and self.facts.open:
            kind = "cut"
            if message == _OPEN_CDATA:  # of which expat names the end
                offset = document.find(b"<![CDATA[", document.rfind(b"]]>") + 1)
        elif message == "junk after document element":
            kind = "junk"
        else:  # expat names the place within a tag; the document is usable up to its start
            tag = document.rfind(b"<", 0, offset)
            offset = tag if tag > document.rfind(b">", 0, offset) else offset
        self.note(kind, message, error.lineno, offset)

    def note(self, kind: str, message: str, line: int, offset: int) -> None:
        """Where the document has to end, and what would have to be closed there."""
        names = self.facts.open
        if self.items:
            depth, item = self.items[0]
            names, offset = names[: depth - 1], item.start
        self.facts.problem = Problem(message, line, offset, kind, bool(self.items), tuple(names))


def _join(base: str, relative: str) -> str:
    """xml:base within xml:base; an unusable one leaves the outer one in force."""
    try:
        return urlsplit(urljoin(base, relative.strip())).geturl()
    except ValueError:
        return base


def _relation(attributes: Mapping[str, str]) -> str:
    """A link's relation, also where it is spelt as IANA's address (RFC 4287 §4.2.7.2)."""
    return attributes.get("rel", "").strip().lower().rpartition("/")[2] or "alternate"
