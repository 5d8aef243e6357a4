"""The readers of foreign bytes, each as a function of an input: ``"read"``, ``"refused"``, or an exception.

Only a ``CrawlError`` is a refusal; anything else that comes out, a broken rule among it, is a finding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType

from crawler import article, dates, document, feeds, quality, urls
from crawler.config import ArchiveConfig, BannersConfig
from crawler.errors import CrawlError
from crawler.extract import Effort, extract, extract_entry
from crawler.feeds import charset
from crawler.model import Claim, Entry, Extraction, Feed, FeedDocument, Page, Verdict, sha256
from crawler.pushing import links
from crawler.pushing.signature import Proof
from crawler.timing import headers as timing_headers
from crawler.web import rules as robots_rules
from tests.fuzz import rules
from tests.fuzz.rules import must

NOW = datetime(2025, 2, 26, 12, tzinfo=UTC)
URL = "https://wire.example/news/feed"
_EFFORTS: tuple[Effort, ...] = ("fast", "balanced", "best")
_ARCHIVE, _BANNERS = ArchiveConfig(), BannersConfig()
_FEED = Feed(id=1, name="fuzz", url=URL, source="Fuzz Wire", source_key="fuzzwire")
_ENTRY = Entry(
    key="url:wire.example/a",
    position=0,
    source_link="https://wire.example/a",
    title="Lanternfield opens a second plant",
)
_SEVERAL = 4  #: entries of a feed that are followed to their files
_PLACES = ("/", "/private/x?a=b", "/a.html", "/index.html", "/%E3%81%82", "/größe/*$", "/" + "a" * 3000)


def _text(data: bytes) -> str:
    """Any text, lone surrogates too."""
    return data.decode("utf-8", "surrogateescape")


def _split(data: bytes) -> tuple[str, bytes]:
    first, _, rest = data.partition(b"\n")
    return first.decode("utf-8", "replace"), rest


def read_feed(data: bytes) -> str:
    """A feed, its entries' own content, and their files."""
    content_type, body = _split(data)
    try:
        found = feeds.parse(
            body, url=URL, headers={"content-type": content_type}, feed_name="fuzz", limit=500
        )
    except CrawlError:
        return "refused"
    found = rules.travels(found, FeedDocument)
    rules.feed_is_sound(found)
    for entry in found.entries[:_SEVERAL]:
        told = extract_entry(entry)
        if told is not None:
            _archived(entry, told, None)
    return "read"


def read_entry(data: bytes) -> str:
    """A feed's own content, with its link."""
    link, body = _split(data)
    entry = Entry(
        key="k",
        position=0,
        link=link,
        source_link=urls.canonical(link),
        content=body.decode("utf-8", "replace"),
    )
    told = extract_entry(entry)
    if told is None:
        return "refused"
    _archived(entry, told, None)
    return "read"


def read_page(data: bytes) -> str:
    """A page, by all three efforts."""
    content_type, body = _split(data)
    page = Page(
        url=URL, final_url=URL, status=200, headers={"content-type": content_type}, body=body, digest=sha256(body), fetched_at=NOW
    )  # fmt: skip
    outcome = "refused"
    for effort in _EFFORTS:
        try:
            found = extract(page, effort=effort)
        except CrawlError:
            continue
        outcome = "read"
        _archived(_ENTRY, found, URL)
    return outcome


def _archived(entry: Entry, found: Extraction, page_url: str | None) -> None:
    """From an extraction to a file, as the pipeline does it outside of the worker."""
    found = rules.travels(found, Extraction)
    rules.extraction_is_sound(found)
    verdict = (
        quality.judge(found, entry, 200) if page_url else Verdict(ok=False, reasons=("the page failed",))
    )
    draft = article.compose(
        entry, found, feed=_FEED, page_url=page_url, first_seen=NOW, now=NOW, verdict=verdict, archive=_ARCHIVE, banners=_BANNERS
    )  # fmt: skip
    rules.values_are_sound(draft)
    rules.body_is_inert(draft.body)
    claim = Claim(
        article_id=1,
        feed_item_id=2,
        url=draft.slug,
        code="poem1xIL",
        date=draft.date,
        source_key=draft.source_key,
        revision=1,
    )
    rules.file_holds(document.compose(draft, claim, "https://wire.example/q.webp"))
    document.document_path(draft.source_key, draft.date, draft.slug)


def read_date(data: bytes) -> str:
    """A date, in three zones where it names none."""
    text = _text(data)
    found = [
        dates.read(text, default_zone=zone)
        for zone in (UTC, timezone(timedelta(hours=14)), timezone(-timedelta(hours=12)))
    ]
    must(
        len({one is None for one in found}) == 1 or abs(max(one.year for one in found if one) - 5000) > 3000,
        "zones decide no reading",
    )
    for one in filter(None, found):
        must(one.utcoffset() == timedelta(0), "an instant is in UTC")
        must(1899 <= one.year <= 9999, "an instant is of a year that can be")
        must(dates.read(one.isoformat()) == one, "an instant is read back")
        dates.plausible(one, NOW)
    return "read" if found[0] else "refused"


def read_url(data: bytes) -> str:
    """An address, and a title, for both become names."""
    text = _text(data)
    found = urls.canonical(text, URL)
    if found is not None:
        must(urls.canonical(found) == found, "a canonical address is its own canonical form")
        must(
            found.isascii() and found.isprintable() and " " not in found, "a canonical address is plain ASCII"
        )
        must(urls.politeness_key(found), "a canonical address has a host")
        must(urls.identity(urls.canonical(found) or "") == urls.identity(found), "twins have one identity")
    urls.identity(text), urls.is_root(text), urls.root(text), urls.without_secrets(text)
    shown = urls.redacted(text)
    must(len(shown) <= 300 and shown.isprintable(), "what is shown is one printable line")
    must("c4n4ry" not in urls.redacted("http://user:c4n4ry@a/?token=c4n4ry&" + text), "secrets stay here")
    name = urls.dated_slug(NOW, text, 180)
    must(
        len(name) <= 180 and not set(name) - set("abcdefghijklmnopqrstuvwxyz0123456789-"),
        "a name is of the safe alphabet",
    )
    links.usable(text)
    return "read" if found else "refused"


def read_header(data: bytes) -> str:
    """Header fields: what they say of time, hubs, charset and signatures."""
    fields = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in _text(data).split("\n"))
    }
    pause = timing_headers.retry_after(fields.get("retry-after"), fields.get("date"), NOW)
    must(pause is None or NOW <= pause <= NOW + timedelta(days=30), "a pause is of 0 to 30 days")
    fresh = timing_headers.freshness(fields, NOW)
    must(fresh is None or timedelta(0) <= fresh <= timedelta(days=30), "freshness is of 0 to 30 days")
    offer = links.offer(fields, None, URL)
    must(
        offer is None or (links.usable(offer.hub) and links.usable(offer.topic)), "a hub's address is usable"
    )
    charset.decode(b"<rss/>", fields.get("content-type", ""))
    proof = Proof(fields.get("x-hub-signature"), "secret")
    proof.feed(data)
    must(not proof.holds(), "no signature is guessed")
    return "read" if fresh is not None or pause or offer else "refused"


def read_robots(data: bytes) -> str:
    """A robots.txt, for three crawlers and addresses of all kinds."""
    text = data.decode("utf-8", "replace")
    for product in ("wirecrawler", "a", "other"):
        found = robots_rules.parse(text, product)
        must(math.isfinite(found.delay) and found.delay >= 0, "a delay is a length of time")
        for place in _PLACES:
            must(found.allows("https://wire.example" + place) in {True, False}, "a place is allowed or not")
    return "read" if found.allow or found.disallow else "refused"


def read_front_matter(data: bytes) -> str:
    """An archived file that somebody has changed."""
    try:
        told = document.parse(data)
    except CrawlError:
        return "refused"
    again = document.render(told)
    must(document.parse(again) == told, "what is read is what was written")
    must(document.render(document.parse(again)) == again, "a file comes back to the byte")
    rules.file_holds(told)
    return "read"


READERS: Mapping[str, Callable[[bytes], str]] = MappingProxyType(
    {
        "feed": read_feed, "page": read_page, "entry": read_entry, "date": read_date, "url": read_url, "header": read_header,
        "robots": read_robots, "front-matter": read_front_matter,
    }
)  # fmt: skip
