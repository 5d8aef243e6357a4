"""Every way in which foreign text reaches a pattern: a name, and what is done with the text there.

Used by ``test_doubling`` (C39); texts are attacks, so what is refused counts as done.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from crawler import (
    banner,
    dates,
    document,
    feeds,
    frames,
    likeness,
    prose,
    pushing,
    quality,
    summary,
    timing,
    urls,
)
from crawler.config import BannersConfig, Topic
from crawler.errors import CrawlError
from crawler.extract import dateline, extract, extract_entry, naming, state
from crawler.feeds import plain, refusal
from crawler.model import Entry, Extraction, FeedInfo, Origin
from crawler.prose.dateline import strip_dateline
from crawler.report.article import plain as shown_plain
from crawler.report.text import safe
from crawler.revising import essence, notices
from crawler.transparency import checkpoint
from crawler.web import rules
from tests.extract import pages
from tests.feeds.samples import item, rss

NOW = datetime(2025, 3, 10, tzinfo=UTC)
TITLE = "Lanternfield opens a second plant"
ROBOTS = "User-agent: *\nDisallow: /a*b*c*d*e$\nDisallow: /*a*a*a*a*a*a*a*a$\n"
BANNERS = BannersConfig(topics=(Topic(name="business", keywords={"plant": 1}, images=("a.svg",)),))
#: Units that begin many patterns without ending them.
UNITS = (
    " ", "\u00a0", "\n", "\t\r", "a", "A", "Aa ", "A. ", "1", "1,", "12:", "1-", " - ", "— ", "-", ". ", "...", ", ",
    "(", "()", "[", "<", "<a", "<a ", "</", "<!--", "&", "&#", "&amp;", '"', "“", "'", "=", "a=", "a='", "%", "%2", "#",
    "/", "/../", "//a", "?a&", ";", ";a=", "@a.", "http://", "www.a.", "{", '{"a":', "{{<", "\\", "é", "あ", "。", "年",
    "Jan 1, ", "GMT ", "2024-01-", "T00:", "+01", "About A ", "By A ", "PARIS, ", "PARIS (", "A/B ", "| ", "a | ", "_", "?", "A-", "a. ", "//",
)  # fmt: skip


def _page(*, body: str = "", head: str = "") -> object:
    """A page of which one part is the text."""
    article = f"<h1>{TITLE}</h1><p>{pages.LEAD}</p>{body}<p>{pages.MIDDLE}</p>"
    return extract(pages.page(pages.document(article, head=head)), want_date=True)


def _meta(name: str) -> Callable[[str], object]:
    return lambda text: _page(head=f'<meta name="{name}" property="{name}" content="{html.escape(text)}">')


def _feed(tag: str) -> Callable[[str], object]:
    return lambda text: feeds.parse(
        rss(item(1, f"<{tag}>{html.escape(text)}</{tag}>")).encode(), url=pages.URL
    )


def _json_feed(text: str) -> object:
    told = {"id": text, "url": text, "title": text, "content_html": text, "date_published": text}
    body = {"version": "https://jsonfeed.org/version/1.1", "title": text, "items": [told]}
    return feeds.parse(json.dumps(body).encode(), url=pages.URL)


def _judged(text: str) -> object:
    found = Extraction(origin=Origin.PAGE, body=text, text=text, title=text)
    return quality.judge(found, Entry(key="a", position=0, title=text, summary=text), 200)


def _summarised(text: str) -> object:
    return summary.summarise(text, title=TITLE, language="en", feed_summary=text, meta_description=text)


def _robots(text: str) -> object:
    return rules.parse(f"User-agent: *\nDisallow: {text}\nAllow: /{text}", "crawler").allows(
        "https://a.example/b"
    )


def _refused(reader: Callable[[bytes], object], data: bytes) -> object:
    with suppress(CrawlError, ValueError):
        return reader(data)
    return None


def _offered(text: str) -> object:
    return pushing.offer({"link": text}, FeedInfo(format="rss20"), pages.URL)


#: Fields that are cheap: each is tried with every unit.
FIELDS: dict[str, Callable[[str], object]] = {
    "a date": dates.examine,
    "an address": urls.canonical,
    "a relative address": lambda text: urls.canonical(text, pages.URL),
    "an address's path": lambda text: urls.canonical(f"https://wire.example/{text}"),
    "an address's query": lambda text: urls.canonical(f"https://wire.example/?{text}"),
    "an address's identity": urls.identity,
    "an address in a log": urls.redacted,
    "addresses in an error": urls.without_secrets,
    "a title in an address": lambda text: urls.slug(text, 180),
    "a title in a feed": plain.title,
    "markup in a feed": plain.markup,
    "a text in a feed": plain.repaired,
    "addresses of a feed's markup": lambda text: plain.absolute(text, pages.URL),
    "a feed's beginning, binary": lambda text: refusal.of_bytes(text.encode()),
    "a feed's beginning, HTML": refusal.of_html,
    "a feed's beginning, text": refusal.of_text,
    "a line of prose": prose.clean,
    "a summary's markup": prose.plain,
    "a headline": prose.headline,
    "a trailer": prose.strip_trailer,
    "a text that is cut": prose.is_cut,
    "a sentence": prose.is_whole,
    "noise": prose.is_noise,
    "a release's end": prose.starts_tail,
    "a dateline": strip_dateline,
    "a dateline's date": dateline.leading,
    "a title's tail": naming.without_tail,
    "a title's site": lambda text: naming.without_site(text, ["Example Wire"], "wire.example"),
    "state in a script": lambda text: state.find([text], TITLE),
    "words": likeness.words,
    "likeness": lambda text: likeness.alike(text, TITLE),
    "a host's furniture": frames.lines,
    "a banner's topic": lambda text: banner.choose(text, text, (text,), "a", BANNERS),
    "a summary": _summarised,
    "quality": _judged,
    "a notice": lambda text: notices.read([text], text),
    "a notice in a text": lambda text: notices.read([TITLE], f"In the news release, {text}"),
    "an embargo": lambda text: notices.embargo(f"Embargoed until {text}", now=NOW),
    "an edited text": essence.plain,
    "an edited body": essence.marked,
    "a signed note": lambda text: _refused(checkpoint.parse_note, text.encode()),
    "an archived file": lambda text: document.parse(f"+++\n{text}\n+++\n\n<p>{text}</p>".encode()),
    "robots.txt": lambda text: rules.parse(text, "crawler"),
    "a rule of robots.txt": _robots,
    "an address against robots.txt": lambda text: rules.parse(ROBOTS, "crawler").allows(
        f"https://a.example/{text}"
    ),
    "a Link header": _offered,
    "Retry-After": lambda text: timing.retry_after(text, text, NOW),
    "Cache-Control": lambda text: timing.freshness(
        {"cache-control": text, "expires": text, "date": text}, NOW
    ),
    "a value in the terminal": safe,
    "an article in the terminal": shown_plain,
}

#: Fields of whole documents: each is tried with a few units.
DOCUMENTS: dict[str, Callable[[str], object]] = {
    "a page's text": lambda text: _page(body=f"<p>{html.escape(text)}</p>"),
    "a page's preformatted text": lambda text: _page(body=f"<pre>{html.escape(text)}</pre>"),
    "a page's markup": lambda text: _page(body=text),
    "a page's style": lambda text: _page(body=f'<div style="{html.escape(text)}" class="{html.escape(text)}">a</div>'),
    "a page's link": lambda text: _page(body=f'<p><a href="{html.escape(text)}">{html.escape(text)}</a></p>'),
    "a page's table": lambda text: _page(body=f"<table><tr><td>{html.escape(text)}</td></tr></table>"),
    "a page's title": lambda text: _page(head=f"<title>{html.escape(text)}</title>"),
    "a page's headline": lambda text: _page(body=f"<h1>{html.escape(text)}</h1>"),
    "a page's author": _meta("author"),
    "a page's date": _meta("article:published_time"),
    "a page's description": _meta("og:description"),
    "a page's image": _meta("og:image"),
    "a page's structured data": lambda text: _page(
        head=f'<script type="application/ld+json">{json.dumps({"headline": text, "author": text})}</script>'
    ),
    "a page's broken structured data": lambda text: _page(head=f'<script type="application/ld+json">{text}</script>'),
    "an item's own text": lambda text: extract_entry(Entry(key="a", position=0, content=text)),
    "an item's title": _feed("title"),
    "an item's summary": _feed("description"),
    "an item's date": _feed("pubDate"),
    "an item's author": _feed("author"),
    "an item's guid": _feed("guid"),
    "an item's link": _feed("link"),
    "a feed's markup": lambda text: feeds.parse(f"<rss><channel>{text}".encode(), url=pages.URL),
    "a feed's bytes": lambda text: feeds.parse(text.encode(), url=pages.URL),
    "a JSON feed": _json_feed,
}  # fmt: skip


def tried(field: Callable[[str], Any]) -> Callable[[str], object]:
    """The field; what it refuses is done with."""

    def call(text: str) -> None:
        with suppress(CrawlError, ValueError):
            field(text)

    return call
