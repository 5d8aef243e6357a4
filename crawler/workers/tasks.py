"""What a worker can do: each function is a task, called by its name in the child process.

A tasks module is any module of plain functions; an optional ``warm_up()`` runs once before the
first document.  ``WorkerPool(tasks="…")`` takes another module, which is how tests bring in
documents that crash.  Steps are imported by the task that needs them: the parent imports none.
"""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crawler.errors import CrawlError
from crawler.model import NO_FRAME, Frame, HostRule, Page, sha256

if TYPE_CHECKING:
    from crawler.extract import Effort
    from crawler.model import Comparison, Entry, Extraction, FeedDocument

_FEED = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Sample Wire</title>
<link>https://wire.example/</link><description>Releases</description><item><title>Lanternfield opens a
second plant</title><link>https://wire.example/a</link><guid>a</guid><pubDate>Mon, 06 Jan 2025 10:00:00
GMT</pubDate><description>Lanternfield Ltd opened a second plant.</description></item></channel></rss>"""
_PAGE = b"""<!doctype html><html lang="en"><head><title>Lanternfield opens a second plant</title>
<meta name="date" content="2025-01-06"></head><body><article><h1>Lanternfield opens a second plant</h1>
<p>Lanternfield Ltd, a maker of reading lamps, said on Monday that it had opened a second plant, which
will employ two hundred people and make forty thousand lamps a month when it is complete.</p>
<p>The company said the plant was paid for from its own means, and that the first lamps would reach shops
in the spring of next year, together with a new range of shades made of recycled paper.</p>
</article></body></html>"""


def read_feed(page: Page, feed_name: str, limit: int) -> FeedDocument:
    """Read a feed's bytes; raises ``NotAFeed``."""
    from crawler import feeds

    return feeds.parse(page.body, url=page.final_url, headers=page.headers, feed_name=feed_name, limit=limit)


def read_page(
    page: Page,
    want_date: bool,
    effort: Effort = "balanced",
    frame: Frame = NO_FRAME,
    rule: HostRule | None = None,
) -> Extraction:
    """Extract a page's article, with what is known of its host; raises ``NoArticle``."""
    from crawler import extract

    return extract.extract(page, want_date=want_date, effort=effort, frame=frame, rule=rule)


def read_entry(entry: Entry) -> Extraction | None:
    """Extract an article from the feed's own content."""
    from crawler import extract

    return extract.extract_entry(entry)


def draw_qrcode(target: str) -> bytes:
    """A WebP image of a QR code."""
    from crawler import qrcode

    return qrcode.draw(target)


def compare(before: bytes, after: bytes, known: tuple[str, ...]) -> Comparison:
    """What two files of one article say of each other; raises ``DocumentError``."""
    from crawler import document, revising

    return revising.compared(document.parse(before), document.parse(after), known=known)


def warm_up() -> None:
    """Do everything once, so that the first real document pays for no import and no table."""
    for body, read in ((_FEED, lambda page: read_feed(page, "sample", 10)), (_PAGE, _read_dated)):
        with contextlib.suppress(CrawlError):
            read(_sample(body))
    draw_qrcode("https://wire.example/a")
    with contextlib.suppress(CrawlError):
        compare(b"", b"", ())  # no files of ours; what reads them is there from now on


def _read_dated(page: Page) -> object:
    return read_page(page, True)


def _sample(body: bytes) -> Page:
    address = "https://wire.example/a"
    return Page(
        url=address,
        final_url=address,
        status=200,
        headers={},
        body=body,
        digest=sha256(body),
        fetched_at=datetime(2025, 1, 6, tzinfo=UTC),
    )
