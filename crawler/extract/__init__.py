"""Page → Extraction: what an article's page, or a feed's own content, says.  Pure and synchronous.

Runs in worker processes, because the bytes are foreign.  ``extract`` reads a page by trafilatura;
``extract_entry`` reads what the feed itself carries.
"""

from __future__ import annotations

from typing import Any

from lxml.html import HtmlElement

from crawler.errors import NoArticle
from crawler.extract import body, charset, clean, fragment, head, marks, metadata, published, title, tree
from crawler.extract.block import Block
from crawler.extract.blocks import Reader
from crawler.extract.head import Head
from crawler.model import Entry, Extraction, Origin, Page

__all__ = ["extract", "extract_entry"]

PROSE = 40
"""Characters of text from which a feed's own content is an article."""


def extract(page: Page, *, want_date: bool = True) -> Extraction:
    """Find the article in a page; raises ``NoArticle`` where there is none.

    ``want_date`` asks htmldate to search the whole page for a publication day; without it only the
    date that the page states in a machine-readable way is read.
    """
    decoded = charset.decode(page.body, page.headers.get("content-type", ""))
    root = tree.parse(decoded.markup)
    facts = head.read(root, page.final_url)
    named = _named(root, facts, page, want_date)
    blocks = title.drop_headline(_blocks(root, decoded.markup, facts, page.final_url), named["title"])
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
        extractor=body.EXTRACTOR,
        **named,
    )


def _named(root: HtmlElement, facts: Head, page: Page, want_date: bool) -> dict[str, Any]:
    """What is read from the whole tree, before it is prepared for the body: title, date, author, image."""
    headline = title.find(root, facts)
    name = headline.text if headline else ""
    date = published.find(root, facts, page.final_url, title=name, now=page.fetched_at, search=want_date)
    return {
        "title": name or None,
        "title_from": headline.rule if headline else None,
        "date": date.instant if date else None,
        "date_raw": date.raw if date else None,
        "date_from": date.source if date else None,
        "author": metadata.author(root, facts),
        "image": metadata.image(root, facts),
    }


def _blocks(root: HtmlElement, markup: bytes, facts: Head, url: str) -> list[Block]:
    """The article's blocks; ``root`` is changed for good."""
    tree.strip_invisible(root)
    places = marks.place(root, markup)
    found = body.find(root, url, bounded=tree.is_large(markup))
    return [] if found is None else Reader(base=facts.base, marks=places).read(found)


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
