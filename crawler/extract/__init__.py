"""Page → Extraction: what an article's page, or a feed's own content, says.  Pure and synchronous.

Runs in worker processes, because the bytes are foreign.  ``extract`` reads a page by trafilatura;
``extract_entry`` reads what the feed itself carries.
"""

from __future__ import annotations

from typing import Any, Literal

from lxml.etree import _Element
from lxml.html import HtmlElement

from crawler.errors import NoArticle
from crawler.extract import (
    body,
    charset,
    clean,
    container,
    fragment,
    head,
    headline,
    joint,
    marks,
    metadata,
    pointers,
    published,
    state,
    title,
    tree,
)
from crawler.extract.block import Block
from crawler.extract.blocks import Reader
from crawler.extract.head import Head
from crawler.model import Entry, Extraction, Origin, Page

__all__ = ["extract", "extract_entry"]

Effort = Literal["fast", "balanced", "best"]
EFFORT: Effort = "balanced"
"""Fast: trafilatura's own rules and the page's shape.  Balanced: and its thorough search where the rules
are in doubt.  Best: and a third, strict reading of every page."""

PROSE = 40
"""Characters of text from which a feed's own content is an article."""


def extract(page: Page, *, want_date: bool = True, effort: Effort = EFFORT) -> Extraction:
    """Find the article in a page; raises ``NoArticle`` where there is none.

    ``want_date`` asks htmldate to search the whole page for a publication day; without it only the
    date that the page states in a machine-readable way is read.  ``effort`` is how much is done to find
    the body (see ``EFFORT``).
    """
    decoded = charset.decode(page.body, page.headers.get("content-type", ""))
    root = tree.parse(decoded.markup)
    facts = head.read(root, page.final_url)
    named = _named(root, facts, page, want_date)
    found = _blocks(root, decoded.markup, facts, page, effort, named["title"])
    blocks = pointers.dropped(headline.drop(found, named["title"]))
    text = clean.plain(blocks)
    if not text:
        raise NoArticle("the page has no text that could be an article")
    return Extraction(
        origin=Origin.PAGE,
        body=clean.markup(blocks),
        text=text,
        language=metadata.language(facts, text),
        description=metadata.description(facts),
        canonical=metadata.canonical(facts),
        site=metadata.site(facts),
        charset=decoded.charset,
        charset_from=decoded.source,
        extractor=f"{body.EXTRACTOR}, {effort}",
        **named,
    )


def _named(root: HtmlElement, facts: Head, page: Page, want_date: bool) -> dict[str, Any]:
    """What is read from the whole tree, before it is prepared for the body: title, date, author, image."""
    named = title.find(root, facts)
    name = named.text if named else ""
    date = published.find(root, facts, page.final_url, title=named, now=page.fetched_at, search=want_date)
    return {
        "title": name or None,
        "title_from": named.rule if named else None,
        "date": date.instant if date else None,
        "date_raw": date.raw if date else None,
        "date_from": date.source if date else None,
        "author": metadata.author(root, facts),
        "image": metadata.image(root, facts),
    }


def _blocks(
    root: HtmlElement, markup: bytes, facts: Head, page: Page, effort: Effort, name: str | None
) -> list[Block]:
    """The article's blocks, from what the page shows or else from its data; ``root`` is changed for good."""
    data = state.sources(root)
    blocks = _shown(root, markup, facts, page, effort)
    if len(clean.plain(blocks)) < state.SHORT and (told := state.find(data, name)):
        inner = fragment.read(told, facts.base)
        return inner if len(clean.plain(inner)) >= state.LEAST else blocks
    return blocks


def _shown(root: HtmlElement, markup: bytes, facts: Head, page: Page, effort: Effort) -> list[Block]:
    """What the page shows; two readings of it are compared."""
    tree.strip_invisible(root)
    bounded = tree.is_large(markup)
    shape = None if bounded else container.find(root)
    inner = [] if shape is None else Reader(base=facts.base, without=shape.furniture).read(shape.element)
    places = marks.place(root, markup)

    def read(found: _Element | None) -> list[Block]:
        return [] if found is None else Reader(base=facts.base, marks=places).read(found)

    blocks = read(body.find(root, page.final_url, thorough=effort != "fast" and not bounded))
    if not inner or joint.alike(blocks, inner) < joint.ALIKE:
        return inner if effort == "fast" and joint.is_far_longer(inner, blocks) else blocks
    if effort != "best":  # a release's closing lines are its own, though they stand apart
        return joint.with_structure(blocks, inner)
    blocks = joint.with_structure(joint.without_tail(blocks, inner), inner)
    return joint.without_head(blocks, (inner, read(body.strict(root, page.final_url))))


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
            )
    return None
