"""What is changed: sample documents of this project, and, where a folder is named, those in it."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.extract import pages, test_active
from tests.feeds import samples as feeds
from tests.test_document import EXAMPLE
from tests.wire import weird
from tests.wire.sample import SampleWire

LARGEST = 120_000  #: bytes of a document from outside that is worth changing
_FEED_EXTRAS = (
    "<description>&lt;p&gt;Brightwater said it &lt;b&gt;opened&lt;/b&gt; a plant.&lt;/p&gt;</description>",
    "<content:encoded><![CDATA[<p>Brightwater Pumps said on Monday that its plant is open.</p><ul><li>one</li></ul>]]></content:encoded>",
    '<enclosure url="/a.jpg" type="image/jpeg" length="12"/><guid isPermaLink="false">b-1</guid><category>pumps</category>',
    "<pubDate>Mon, 06 Jan 2025 10:00:00 EST</pubDate><dc:creator>Press desk</dc:creator><dc:date>2025-01-06</dc:date>",
    '<media:group><media:content url="/b.png" medium="image"/></media:group><source url="/other">Other wire</source>',
)
_SPACES = f' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="{feeds.DC}" xmlns:media="{feeds.MEDIA}" xml:base="https://wire.example/"'
_ATOM_EXTRA = (
    '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>A plant.</p></div></content><updated>2025-01-06T10:00:00-05:00</updated>'
    '<link rel="enclosure" href="/a.mp3" length="x"/><category term="pumps"/><author><name>Press desk</name></author><summary type="html">&lt;b&gt;</summary>'
)
_SKIPS = "<ttl>60</ttl><skipHours><hour>3</hour></skipHours><skipDays><day>Monday</day></skipDays>"
_JSON = (
    b'{"version":"https://jsonfeed.org/version/1.1","title":"Brightwater Wire","next_url":"/2","hubs":[{"type":"WebSub","url":"/hub"}],"items":'
    b'[{"id":1,"url":"/a","title":"A plant","content_html":"<p>Brightwater Pumps said that its plant is open to all.</p>","date_published":'
    b'"2025-01-06T10:00:00Z","authors":[{"name":"Press desk"}],"tags":["pumps"],"attachments":[{"url":"/a.mp3","mime_type":"audio/mpeg","size_in_bytes":1}]}]}'
)
_STATED = (
    '<meta property="og:title" content="Lanternfield opens a second plant"><meta name="author" content="Press desk"><link rel="canonical" href="/x">'
    '<script type="application/ld+json">{"@context":"https://schema.org","@type":"NewsArticle","headline":"Lanternfield opens","datePublished":'
    '"2025-03-10T09:00:00+01:00","author":[{"@type":"Person","name":"Press desk"}],"image":{"url":"/a.jpg"},"articleBody":"Lanternfield opened it."}</script>'
)
_TABLE = "<table><tr><th>Lamp</th><th>2025</th></tr><tr><td colspan=2>1,000</td></tr></table><ul><li>one<ol><li>two</ol></ul><pre>a\n b</pre>"
_STATE = '<script id="__NEXT_DATA__" type="application/json">{"props":{"title":"A","body":"<p>%s</p><p>%s</p>"}}</script>'
_DATES = (
    "Mon, 06 Jan 2025 10:00:00 GMT", "Wed, 26 Feb 2025 16:10:16 -0500", "2025-02-26T21:10:16Z", "2025-02-26T21:10:16.123456+05:30", "2025-02-26",
    "20250226T211016Z", "1740604216", "1740604216000", "February 26, 2025 4:10 PM ET", "26 février 2025", "26. Februar 2025, 16:10 Uhr MEZ",
    "2025年2月26日 16:10", "2025년 2월 26일 오후 4:10", "Wed Feb 26 21:10:16 2025", "02/26/2025", "26.02.25 16:10", "Feb 26, 2025 / 04:10 pm EST",
    "26 Feb 2025 1610 GMT", "2025-057", "2025-W09-3",
)  # fmt: skip
_ADDRESSES = (
    "https://www.wire.example/news/2025/plant.html?utm_source=rss&id=4711#top", "http://user:pass@wire.example:8080/a/../b;c?x=1&y=2",
    "https://münchen.example/größe", "HTTPS://Wire.Example:443/%7Ea/%e3%81%82?ref=rss", "//wire.example/x", "/relative/path?a=b", "http://[2001:db8::1]:80/",
    "https://wire.example/#!/a/b", "mailto:press@wire.example", "https://wire.example/?token=abc&key=1",
)  # fmt: skip
_HEADERS = (
    "retry-after: 120\ndate: Wed, 26 Feb 2025 12:00:00 GMT\ncache-control: public, max-age=3600\nage: 5\nexpires: Wed, 26 Feb 2025 13:00:00 GMT",
    'retry-after: Wed, 26 Feb 2025 12:30:00 GMT\nlink: <https://hub.example/>; rel="hub", <https://wire.example/feed>; rel=self; title="a\\"b"',
    'content-type: application/atom+xml; charset="utf-8"\nexpires: 0\ncache-control: no-cache="set-cookie", private\nlink: </hub>;rel=hub;anchor="/x"',
)
_ROBOTS = (
    "User-agent: *\nDisallow: /private/\nAllow: /private/news/*.html$\nCrawl-delay: 5\n\nUser-agent: wirecrawler\nUser-agent: other\nDisallow: /*?print=\n",
    "\ufeffuser-agent: * # all\ndisallow:\nSitemap: https://wire.example/sitemap.xml\nallow: /index.html\ndisallow: /größe/%E3%81%82\n",
    "User-agent: a\r\nDisallow: /\r\rUser-agent: *\r\nCrawl-delay: 0.5\r\nAllow: /$\r\n",
)


def _case(body: bytes | str, content_type: str) -> bytes:
    """An answer as one text: its Content-Type, a line end, its body."""
    return content_type.encode() + b"\n" + (body if isinstance(body, bytes) else body.encode())


@cache
def _wire() -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Pages and feeds of the sample wire, which is not started."""
    wire = SampleWire(seed=1, releases=24, one_address=True)
    for site in (*wire.sites, wire.failing):
        site.port = 8000
    shelf = wire._shelf
    found = [shelf.reply(one.site.host, one.site.prefix + one.path) for one in wire.postings]
    told = [
        shelf.reply(site.host, site.prefix + place.path) for site in wire.sites for place in site.wire.feeds
    ]
    told += [weird.items("http://wire.example/"), weird.empty_feed()]
    return tuple(_case(each.body, each.content_type) for each in found), tuple(
        _case(each.body, each.content_type) for each in told
    )


def _pages() -> Iterator[bytes]:
    html = "text/html; charset=utf-8"
    yield from _wire()[0]
    yield _case(pages.document(pages.article(_TABLE), head=_STATED), html)
    yield _case(pages.document(pages.article(*test_active.ATTACKS)), html)
    yield _case(pages.document("", outside=_STATE % (pages.LEAD, pages.MIDDLE)), "text/html")
    yield from (_case(each().body, html) for each in (weird.consent, weird.challenge, weird.not_a_feed))


def _feeds() -> Iterator[bytes]:
    yield from _wire()[1]
    items = [feeds.item(number, extra) for number, extra in enumerate(_FEED_EXTRAS)]
    yield _case(
        feeds.rss(*items, attributes=_SPACES, head=f"<title>Brightwater Wire</title>{_SKIPS}"),
        "application/rss+xml",
    )
    yield _case(feeds.rdf(*items, attributes=_SPACES.replace(f' xmlns:dc="{feeds.DC}"', "")), "text/xml")
    yield _case(
        feeds.atom(feeds.atom_entry(1, _ATOM_EXTRA), feeds.atom_entry(2)),
        "application/atom+xml; charset=utf-8",
    )
    yield _case(_JSON, "application/feed+json")


def _entries() -> Iterator[bytes]:
    """A feed's own content: its link, a line end, its markup."""
    for body in (pages.article(_TABLE), pages.LEAD, *test_active.ATTACKS):
        yield _case(body if pages.LEAD in body else f"<p>{pages.LEAD}</p>{body}", "https://wire.example/a")


def _texts(texts: tuple[str, ...]) -> Iterator[bytes]:
    yield from (text.encode() for text in texts)


def own(reader: str) -> list[bytes]:
    """The project's own samples for a reader."""
    made = {
        "page": _pages, "feed": _feeds, "entry": _entries, "date": lambda: _texts(_DATES), "url": lambda: _texts(_ADDRESSES),
        "header": lambda: _texts(_HEADERS), "robots": lambda: _texts(_ROBOTS), "front-matter": lambda: iter([EXAMPLE]),
    }  # fmt: skip
    return list(made[reader]())


def outside(reader: str, folder: Path) -> list[bytes]:
    """Pages (``pages/**/*.html[.gz]``) and feeds (``feeds/**/*.xml|json``) of a folder, in the order of their names."""
    names = {"page": ("pages", {".html", ".htm"}), "feed": ("feeds", {".xml", ".json", ".rss", ".atom"})}
    if reader not in names:
        return []
    below, endings = names[reader]
    found: list[bytes] = []
    for path in sorted((folder / below).rglob("*")):
        bare = path.with_suffix("") if path.suffix == ".gz" else path
        if path.is_file() and bare.suffix in endings and path.name not in {"gold.jsonl", "index.jsonl"}:
            body = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            if len(body) <= LARGEST:
                found.append(_case(body, "text/html" if reader == "page" else ""))
    return found


def samples(reader: str, folder: Path | None = None) -> list[bytes]:
    """What the inputs of a reader are made from; the same order on every machine."""
    return own(reader) + (outside(reader, folder) if folder else [])
