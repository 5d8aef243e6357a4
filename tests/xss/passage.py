"""Way and body → the file that the crawler would write: all the real steps, in this process."""

from __future__ import annotations

from datetime import UTC, datetime

from crawler import article, document, extract, feeds, quality
from crawler.config import ArchiveConfig, BannersConfig
from crawler.document import Document
from crawler.errors import CrawlError
from crawler.model import Claim, Entry, Extraction, Feed, Verdict
from tests.extract.pages import page
from tests.xss.ways import TITLE, Way, as_bytes, feed

NOW = datetime(2025, 3, 10, 12, 0, tzinfo=UTC)
QRCODE = "https://archive.example/examplewire/qrcode/253/10/lamp7Qx2.webp"
_FEED = Feed(
    id=1, name="example", url="https://wire.example/feed", source="Example Wire", source_key="examplewire"
)
_FILES = ArchiveConfig(public_url="https://archive.example/")


def archived(way: Way, name: str, body: str) -> Document | None:
    """The article as its file tells it; None where neither page nor feed is one."""
    link = f"https://wire.example/{way.name}/{name}"
    kind, data = feed(way.format, [way.item(body, link, f"{TITLE} {name}")])
    try:
        found = feeds.parse(data, url=_FEED.url, headers={"content-type": kind}, feed_name=_FEED.name)
    except CrawlError:
        return None
    for entry in found.entries[:1]:  # a broken one may look like two
        return _captured(entry, way.page(body, f"{TITLE} {name}") if way.page else None, link)
    return None


def _captured(entry: Entry, markup: str | None, link: str) -> Document | None:
    extraction, verdict = _read(entry, markup, link)
    if extraction is None:
        return None
    draft = article.compose(
        entry, extraction, feed=_FEED, page_url=link if markup else None, first_seen=NOW, now=NOW, verdict=verdict,
        archive=_FILES, banners=BannersConfig(),
    )  # fmt: skip
    claim = Claim(article_id=1, feed_item_id=1, url=draft.slug, code="lamp7Qx2", date=draft.date,
                  source_key=draft.source_key, revision=1)  # fmt: skip
    return document.parse(document.render(document.compose(draft, claim, QRCODE)))


def _read(entry: Entry, markup: str | None, link: str) -> tuple[Extraction | None, Verdict]:
    if markup is not None:
        try:
            found = extract.extract(page(as_bytes(markup), url=link), want_date=entry.published is None)
        except CrawlError:
            found = None
        verdict = found and quality.judge(found, entry, 200)
        if found and verdict and verdict.ok:
            return found, verdict
    return extract.extract_entry(entry), Verdict(ok=False, reasons=("the page failed",))
