"""RSS, RDF and Atom: mended, scanned, then read by feedparser; one :class:`Entry` for each item.

feedparser gets ``BytesIO`` only: bytes it would open as a file's name, text it would fetch as an address.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import feedparser

from crawler import dates, urls
from crawler.errors import NotAFeed
from crawler.feeds import channel, links, mend, plain, refusal
from crawler.feeds.facts import Facts, ItemFacts, LinkFact, Problem
from crawler.feeds.scan import scan
from crawler.model import Entry, FeedDocument

LENIENT = 2_000_000
"""Bytes up to which a document that is not well-formed is read leniently: 0.4 MB a second, see feedparser."""

ROUNDS = 8
"""Scans a document gets: one for each kind of problem, and one to spare; a mended one needs two or three."""

PIECES = 2_000_000
"""Line ends, references and brackets a document may have: feedparser handles the text between two of them by itself."""

_HEADERS = {"content-type": "application/xml; charset=utf-8"}
_ROOTS = frozenset({"rss", "feed", "channel"})
_MAIL = re.compile(r"[<(]?(?:mailto:)?[^\s@<>()]{1,64}@[^\s@<>()]{1,253}[>)]?")


def read(text: str, *, url: str, limit: int) -> FeedDocument:
    """Read an XML feed; entries have no keys yet.  Raises ``NotAFeed``."""
    reason = refusal.of_html(text)
    if reason:
        raise NotAFeed(reason)
    prepared = mend.prepare(text)
    document, facts, notes = _settle(prepared, limit)
    parsed = _parse(document)
    found = parsed["entries"]
    if not (found or parsed.get("version") or facts.root in _ROOTS):
        raise NotAFeed(refusal.of_text(text))
    if facts.problem and found and _ends_inside(document):
        notes = [*notes, "cut short: the last, unfinished entry was left out"]
        found = found[:-1]
    entries = tuple(_entries(found, facts, url, limit))
    return FeedDocument(
        info=channel.describe(parsed, facts, url, [*prepared.notes, *notes, *_date_notes(entries)]),
        entries=entries,
    )


def _settle(prepared: mend.Prepared, limit: int) -> tuple[str, Facts, list[str]]:
    """Mend until expat is content, or until nothing more can be done for a lenient reading."""
    text, notes, mended = prepared.text, list[str](), False
    for _ in range(ROUNDS):
        data = text.encode()
        facts = scan(data, limit=limit)
        problem = facts.problem
        if problem is None:
            other = text if facts.items else mend.unprefixed(text)
            if other == text:
                return text, facts, notes
            text = other
        elif problem.kind != "syntax" or (mended and problem.offset > LENIENT):
            notes.append(_explain(problem))
            text = _closed(data, problem)
        elif not mended:
            mended, text = True, mend.unprefixed(mend.prefixes(mend.entities(text, prepared.entities)))
        else:
            notes.append(f"not well-formed: {problem.message} in line {problem.line}")
            return (text, facts, notes) if len(data) <= LENIENT else (_beginning(data, notes), facts, notes)
    raise NotAFeed("the body is not well-formed, and mending it did not help")


def _closed(data: bytes, problem: Problem) -> str:
    """The document up to a problem, what is open there closed."""
    if problem.kind == "syntax" and not problem.open:
        raise NotAFeed(
            f"the body is not well-formed: {problem.message} in line {problem.line}, and too long to mend"
        )
    closing = "".join(f"</{name}>" for name in reversed(problem.open))
    return data[: problem.offset].decode("utf-8", "ignore") + closing


def _beginning(data: bytes, notes: list[str]) -> str:
    """As many whole entries as may be read leniently."""
    end = max(data.rfind(mark, 0, LENIENT) for mark in (b"</item>", b"</entry>"))
    if end < 0:
        raise NotAFeed("the body is not well-formed, and too long to be read all the same")
    notes.append(f"too long to be read leniently: only its first {LENIENT:,} bytes were read")
    return data[: data.index(b">", end) + 1].decode("utf-8", "ignore")


def _explain(problem: Problem) -> str:
    if problem.kind == "limit":
        return f"{problem.message}: the rest was left out"
    if problem.kind == "junk":
        return "text after the document was skipped"
    if problem.kind == "syntax":
        return f"not well-formed: {problem.message} in line {problem.line}; the entries from there on were left out"
    return "cut short: " + (
        "the last, unfinished entry was left out" if problem.unfinished else "its end is missing"
    )


def _ends_inside(document: str) -> bool:
    """Whether a document that is not well-formed stops within an entry."""
    opened = max(map(document.rfind, ("<item", "<entry")))
    closed = max(map(document.rfind, ("</item", "</entry")))
    return opened > closed and not re.search(
        r"</(?:rss|feed|rdf:RDF|channel)\s*>", document[opened:], re.IGNORECASE
    )


def _parse(document: str) -> Any:
    if sum(map(document.count, "&\n\r]")) > PIECES:
        raise NotAFeed(f"the body has more than {PIECES:,} line ends and references")
    try:
        return feedparser.parse(
            io.BytesIO(document.encode()),
            response_headers=_HEADERS,
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:  # whatever a document provokes in there, the document is to blame
        raise NotAFeed(f"the body cannot be read as a feed: {type(error).__name__}") from error


def _entries(found: list[Any], facts: Facts, url: str, limit: int) -> Iterator[Entry]:
    known = facts.items if facts.problem is None and len(facts.items) == len(found) else None
    for position, item in enumerate(found[:limit]):
        yield _entry(item, known[position] if known else _from_feedparser(item), position, url)


def _from_feedparser(item: Any) -> ItemFacts:
    """Facts for a document that could not be scanned: not quite raw, but the best there is."""
    facts = ItemFacts(start=0)
    slots = {"guid": "id", "published": "published", "updated": "updated", "created": "created",
             "original": "feedburner_origlink"}  # fmt: skip
    facts.texts = {
        slot: [text] for slot, key in slots.items() if isinstance(text := dict.get(item, key), str)
    }
    link = dict.get(item, "link")
    if isinstance(link, str):
        facts.links = [LinkFact(target=link)]
    return facts


def _entry(item: Any, facts: ItemFacts, position: int, url: str) -> Entry:
    link = links.choose(facts, url)
    base = plain.joined(url, facts.base) if facts.base else link or url
    published, published_raw = _date(facts, "published", "date", "created")
    updated, updated_raw = _date(facts, "updated")
    summary, content = _texts(item, url, base)
    return Entry(
        key="",
        position=position,
        guid=plain.raw(facts.first("guid") or facts.about),
        link=link,
        source_link=urls.canonical(links.original(facts, url) or link or "") or None,
        title=plain.title(dict.get(item, "title")),
        published=published,
        published_raw=published_raw,
        updated=updated,
        updated_raw=updated_raw,
        summary=summary,
        content=content,
        author=_author(item),
        language=(dict.get(item, "title_detail") or {}).get("language"),
        categories=_categories(item),
        enclosures=links.enclosures(item, plain.joined(url, facts.base)),
    )


def _date(facts: ItemFacts, *slots: str) -> tuple[datetime | None, str | None]:
    """The first readable date of the slots, else the first raw text."""
    texts = [text.strip() for slot in slots for text in facts.texts.get(slot, ()) if text.strip()]
    for text in texts:
        instant = dates.read(text)
        if instant:
            return instant, plain.raw(text)
    return None, plain.raw(texts[0][: dates.MAX_LENGTH]) if texts else None


def _texts(item: Any, url: str, base: str) -> tuple[str | None, str | None]:
    """Summary and full content; feedparser copies a lone content into the summary, which is undone."""
    contents = [
        (text, part) for part in dict.get(item, "content") or () if (text := plain.markup(part.get("value")))
    ]
    nothing: tuple[str | None, dict[str, Any]] = (None, {})
    content, part = max(contents, key=lambda pair: len(pair[0]), default=nothing)
    summary = plain.markup(dict.get(item, "summary"))
    if summary == content:
        summary = None
    detail = dict.get(item, "summary_detail") or {}
    return (
        plain.absolute(summary, plain.joined(url, detail.get("base") or "") if detail.get("base") else base),
        plain.absolute(content, plain.joined(url, part.get("base") or "") if part.get("base") else base),
    )


def _author(item: Any) -> str | None:
    """The name; the mail address beside it is taken away here, as feedparser cuts those in longer domains."""
    detail = dict.get(item, "author_detail") or {}
    written = dict.get(item, "author")
    if not (detail.get("email") and isinstance(written, str)):
        return plain.title(detail.get("name") or written)
    name = _MAIL.sub("", written).strip()
    if name.startswith("(") and name.endswith(")"):
        name = name[1:-1]
    return plain.title(name) or plain.title(written)


def _categories(item: Any) -> tuple[str, ...]:
    terms = (plain.title(tag.get("term") or tag.get("label")) for tag in dict.get(item, "tags") or ())
    return tuple(dict.fromkeys(term for term in terms if term))


def _date_notes(entries: tuple[Entry, ...]) -> list[str]:
    raws = [(entry.published_raw or entry.updated_raw, entry.published or entry.updated) for entry in entries]
    unread = sum(1 for text, instant in raws if text and not instant)
    zoneless = sum(
        1 for text, instant in raws if instant and (seen := dates.examine(text)) and not seen.zoned
    )
    return [
        *([f"{unread} dates could not be read"] if unread else []),
        *([f"{zoneless} dates name no time zone and were read as UTC"] if zoneless else []),
    ]
