"""Mending text so that an XML parser takes it, before one sees it; every step needs linear time.

``prepare`` is for every document: no declaration, no DOCTYPE (so that no entity can be declared), no forbidden
characters.  ``entities`` and ``prefixes`` are for those that expat refused.
"""

from __future__ import annotations

import html
import html.entities
import re
from dataclasses import dataclass, field

from crawler.errors import NotAFeed

_START = re.compile(
    r"<(?:\?xml\b|!DOCTYPE|(?:[A-Za-z][\w.-]{0,30}:)?(?:rss|feed|rdf|channel)\b)", re.IGNORECASE
)
_JUNK = 20_000  #: characters before the document that are skipped, such as a server's warnings
_WARNING = re.compile(r"<(?:br|b|p|div|font|pre|span|strong)\b", re.IGNORECASE)
_ELEMENT = re.compile(r"<\w", re.ASCII)
EXPANSION = 1_000_000  #: characters that the entities a document declares may become, all together
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_DECLARATION = re.compile(r"\s*(?:<\?xml\b[^>]{0,500}>\s*)+")
_IN_DOCTYPE = re.compile(r"<!--|[\"'\[\]>]")
_ENTITY = re.compile(r"""<!ENTITY\s+(\w{1,32})\s+(?:"([^"]{0,100})"|'([^']{0,100})')\s*>""")
_OPAQUE = re.compile(r"<!\[CDATA\[|<!--|<\?")
_CLOSES = {"<![CDATA[": "]]>", "<!--": "-->", "<?": "?>"}
_REFERENCE = re.compile(r"&(?:#(?:[xX]([0-9a-fA-F]{1,6})|([0-9]{1,7}));|([A-Za-z][A-Za-z0-9_]{0,31});)?")
_XML_NAMES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_ROOT = re.compile(r"<[A-Za-z][\w.:-]{0,60}(?=[\s/>])")
_PREFIX = re.compile(r"<([A-Za-z][\w.-]{0,30}):[A-Za-z]")
NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rss": "http://backend.userland.com/rss",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "wfw": "http://wellformedweb.org/CommentAPI/",
    "xlink": "http://www.w3.org/1999/xlink",
}
"""The namespaces that feeds' usual prefixes stand for."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A text without declaration and DOCTYPE, and the entities that the DOCTYPE declared harmlessly."""

    text: str
    entities: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def prepare(text: str) -> Prepared:
    """Take away what must not reach an XML parser."""
    notes = []
    clean = _FORBIDDEN.sub("", text)
    if len(clean) != len(text):
        notes.append(f"{len(text) - len(clean)} control characters were removed")
    start = _START.search(clean, 0, _JUNK)
    before = clean[: start.start()].strip("\ufeff \t\r\n") if start else ""
    if start and (not before.startswith("<") or _WARNING.match(before)):
        clean = clean[start.start() :]
    else:
        before = ""
    position, entities = _prolog(clean)
    first = _element(clean, position)
    if before or clean[position:first].strip("\ufeff \t\r\n"):
        notes.append("text before the document was skipped")
    if entities:
        notes.append("entity declarations were removed")
    return Prepared(clean[first:], entities, tuple(notes))


def _element(text: str, position: int) -> int:
    """Where the first element begins: what feedparser finds before it, it searches for declarations."""
    found = _ELEMENT.search(text, position)
    return found.start() if found else position


def _prolog(text: str) -> tuple[int, dict[str, str]]:
    """Where the document proper begins, and what its DOCTYPE declared."""
    position, entities = 0, dict[str, str]()
    while True:
        declaration = _DECLARATION.match(text, position)
        position = declaration.end() if declaration else position
        while position < len(text) and text[position].isspace():
            position += 1
        if text.startswith(("<!--", "<?"), position):
            mark = "-->" if text.startswith("<!--", position) else "?>"
            end = text.find(mark, position + 2)
            if end < 0:
                return position, entities
            position = end + len(mark)
        elif text[position : position + 9].upper() == "<!DOCTYPE":
            end = _doctype_end(text, position + 9)
            entities |= _declared(text[position:end])
            position = end
        else:
            return position, entities


def _doctype_end(text: str, position: int) -> int:
    """The position after a DOCTYPE, its internal subset included."""
    inside = False
    while token := _IN_DOCTYPE.search(text, position):
        sign = token[0]
        position = token.end()
        if sign == ">" and not inside:
            return position
        if sign in "[]":
            inside = sign == "["
        elif sign != ">":
            close = "-->" if sign == "<!--" else sign
            end = text.find(close, position)
            position = end + len(close) if end >= 0 else len(text)
    return len(text)


def _declared(doctype: str) -> dict[str, str]:
    """Entities that stand for plain characters; those made of other entities are left out."""
    found = {}
    for name, double, single in _ENTITY.findall(doctype)[:1000]:
        value = double or single
        if "&" not in re.sub(r"&#\w{1,8};", "", value) and "<" not in value:
            found[name] = html.escape(html.unescape(value), quote=True)
    return found


def entities(text: str, declared: dict[str, str]) -> str:
    """Replace references that XML does not know (``&nbsp;``, a bare ``&``), outside CDATA sections."""

    room = EXPANSION

    def character(match: re.Match[str]) -> str:
        nonlocal room
        hexadecimal, decimal, name = match.groups()
        if hexadecimal or decimal:
            code = int(hexadecimal, 16) if hexadecimal else int(decimal)
            return match[0] if _legal(code) else ""
        if name is None:
            return "&amp;"
        if name in _XML_NAMES:
            return match[0]
        if name in declared:
            room -= len(declared[name])
            if room < 0:
                raise NotAFeed(f"the entities it declares become more than {EXPANSION:,} characters")
            return declared[name]
        known = html.entities.html5.get(name + ";")
        return html.escape(known) if known else f"&amp;{name};"

    pieces, position = [], 0
    while opaque := _OPAQUE.search(text, position):
        end = text.find(_CLOSES[opaque[0]], opaque.end())
        end = len(text) if end < 0 else end
        pieces += [_REFERENCE.sub(character, text[position : opaque.start()]), text[opaque.start() : end]]
        position = end
    return "".join([*pieces, _REFERENCE.sub(character, text[position:])])


def _legal(code: int) -> bool:
    """XML 1.0 §2.2: Char."""
    return (
        code in {9, 10, 13} or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    )


def prefixes(text: str) -> str:
    """Declare the usual prefixes that a document uses without declaring them."""
    root = _ROOT.search(text)
    if root is None:
        return text
    used = {match[1] for match in _PREFIX.finditer(text)}
    missing = [name for name in sorted(used & set(NAMESPACES)) if f"xmlns:{name}" not in text]
    declarations = "".join(f' xmlns:{name}="{NAMESPACES[name]}"' for name in missing)
    return text[: root.end()] + declarations + text[root.end() :]


def unprefixed(text: str) -> str:
    """Take away the prefix of a document whose entries all have one that nobody declared for feeds."""
    if _ENTRY.search(text):
        return text
    found = _PREFIXED_ENTRY.search(text)
    return re.sub(rf"(</?){re.escape(found[1])}:(?=[A-Za-z])", r"\1", text) if found else text


_ENTRY = re.compile(r"<(?:item|entry)[\s/>]")
_PREFIXED_ENTRY = re.compile(r"<([A-Za-z][\w.-]{0,30}):(?:item|entry)[\s/>]")
