"""Page → Extraction: what an article's page, or a feed's own content, says.  Pure and synchronous.

Runs in worker processes, because the bytes are foreign.  ``extract`` reads a page by trafilatura;
``extract_entry`` reads what the feed itself carries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crawler import frames
from crawler.errors import NoArticle
from crawler.extract import (
    bodies,
    body,
    charset,
    clean,
    fragment,
    furniture,
    head,
    headline,
    metadata,
    pointers,
    ruling,
    told,
    tree,
)
from crawler.extract.block import Block
from crawler.extract.bodies import Bodies, Effort
from crawler.extract.head import Head
from crawler.extract.told import Candidates
from crawler.model import (
    NO_FRAME,
    Entry,
    Extraction,
    Frame,
    HostRule,
    Line,
    Origin,
    Page,
    Removed,
    Ruled,
)

__all__ = ["Effort", "extract", "extract_entry", "extractor"]

EFFORT: Effort = "balanced"
"""Fast: trafilatura's own rules and the page's shape.  Balanced: and its thorough search where the rules
are in doubt.  Best: and a strict reading of every page."""

PROSE = 40
"""Characters of text from which a feed's own content is an article."""


def extract(
    page: Page,
    *,
    want_date: bool = True,
    effort: Effort = EFFORT,
    frame: Frame = NO_FRAME,
    rule: HostRule | None = None,
) -> Extraction:
    """Find the article in a page; raises ``NoArticle`` where there is none.

    ``want_date`` asks htmldate to search the whole page for a publication day; without it only the
    date that the page states in a machine-readable way is read.  ``effort`` is how much is done to find
    the body (see ``EFFORT``).  ``frame``: lines that recur on the pages of this host; ``rule``: what a
    person wrote about them.  The same page, frame and rule give the same extraction.
    """
    decoded = charset.decode(page.body, page.headers.get("content-type", ""))
    root = tree.parse(decoded.markup)
    facts = head.read(root, page.final_url)
    removed = ruling.remove(root, rule) if rule else ()
    fields, candidates = told.named(root, facts, page, want_date, rule)
    found = bodies.find(root, decoded.markup, facts, page, effort, fields["title"], rule)
    read = _article(found, fields["title"], frame, rule)
    text = clean.plain(read.blocks)
    if not text:
        raise NoArticle("the page has no text that could be an article")
    told.with_dateline(fields, candidates, text, page.fetched_at)
    return Extraction(
        origin=Origin.PAGE,
        body=clean.markup(read.blocks),
        text=text,
        **_described(facts, text, candidates, found),
        charset=decoded.charset,
        charset_from=decoded.source,
        extractor=extractor(effort),
        body_from=found.source,
        lines=read.lines,
        frame_pages=frame.pages,
        removed=read.removed,
        ruled=_ruled(rule, fields, found, (*removed, *read.cut)) if rule else None,
        **fields,
    )


def extractor(effort: Effort = EFFORT) -> str:
    """Name and version of what reads a page with so much effort."""
    return f"{body.EXTRACTOR}, {effort}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Article:
    """An article's blocks, its lines before furniture was taken out, and what was."""

    blocks: list[Block]
    lines: tuple[Line, ...]
    removed: tuple[Removed, ...]
    cut: tuple[str, ...]


def _article(found: Bodies, name: str | None, frame: Frame, rule: HostRule | None) -> _Article:
    """Without what leads elsewhere, what the rule cuts off, and the host's furniture."""
    blocks = pointers.dropped(headline.drop(found.blocks, name))
    blocks, cut = ruling.cut(blocks, rule) if rule else (blocks, ())
    lines = frames.lines(clean.plain(blocks))
    blocks, removed = furniture.without(blocks, frame, found.area, found.marks, name or "")
    if removed:  # what stood before it may be the end now
        blocks = pointers.dropped(blocks)
    return _Article(blocks=blocks, lines=lines, removed=removed, cut=cut)


def _described(facts: Head, text: str, candidates: Candidates, found: Bodies) -> dict[str, Any]:
    languages = tuple(metadata.languages(facts, text))
    return {
        "language": languages[0].value if languages else None,
        "description": metadata.description(facts),
        "canonical": metadata.canonical(facts),
        "site": metadata.site(facts),
        "tools": told.TOOLS,
        "candidates": candidates | {"language": told.merged(languages), "body": found.others},
    }


def _ruled(rule: HostRule, fields: dict[str, Any], found: Bodies, done: tuple[str, ...]) -> Ruled:
    """What the rule did, and what it looked for in vain: a body, a headline."""
    won, missed = list(done), list[str]()
    if rule.body:
        (missed if found.missed else won).insert(0, f"body: {rule.body.css}")
    if rule.title:
        (won if fields["title_from"] == told.BY_RULE else missed).append(f"title: {rule.title.css}")
    return Ruled(won=tuple(won), missed=tuple(missed))


def extract_entry(entry: Entry) -> Extraction | None:
    """Read the feed's own content as the article; None when it has no prose."""
    for content in (entry.content, entry.summary):
        blocks = fragment.read(content, entry.link or entry.source_link or "") if content else []
        text = clean.plain(blocks)
        if len(text) >= PROSE:
            return Extraction(
                origin=Origin.FEED,
                body=clean.markup(blocks),
                text=text,
                title=entry.title,
                title_from="feed" if entry.title else None,
                date=entry.published,
                date_raw=entry.published_raw,
                date_from="feed" if entry.published else None,
                author=entry.author,
                language=entry.language or metadata.guess(text),
                extractor="feed",
                body_from="feed",
                tools=told.TOOLS,
            )
    return None
