"""Everything the sites serve, made when it is first asked for and kept until it changes."""

from __future__ import annotations

import hashlib
import html
from collections.abc import Iterable, Iterator
from typing import Literal
from urllib.parse import parse_qsl, quote, urlsplit

from tests.wire import feeds, page
from tests.wire.image import png_for
from tests.wire.reply import Reply
from tests.wire.wires import FeedPlace, Posting, Site

_SIGHTS = ("/", "/company/", "/topics", "/themen", "/temas/", "/category", "/newsroom", "/latest")


class Shelf:
    """Pages, feeds, pictures, robots.txt and sitemap of all sites, by address and target."""

    def __init__(self, sites: Iterable[Site], window: int) -> None:
        self.sites = tuple(sites)
        self._window = window
        self._places = {
            (site.host, site.prefix + place.path): (site, place)
            for site in self.sites
            for place in site.wire.feeds
        }
        self._postings: dict[tuple[str, str], Posting] = {}
        self._kept: dict[tuple[str, str], Reply] = {}

    def put(self, posting: Posting) -> None:
        """A posting is new or has changed: its page and its site's feeds are made anew."""
        site = posting.site
        self._postings[site.host, site.prefix + posting.path] = posting
        self._kept.pop((site.host, site.prefix + posting.path), None)
        for place in site.wire.feeds:
            self._kept.pop((site.host, site.prefix + place.path), None)

    def find(self, host: str, target: str) -> Posting | None:
        """The posting of a target, whatever tracks in its query."""
        found = self._postings.get((host, target))
        if found is not None:
            return found
        parts = urlsplit(target)
        found = self._postings.get((host, parts.path))
        if found is not None:
            return found
        query = dict(parse_qsl(parts.query))
        return self._postings.get((host, f"{parts.path}?id={query['id']}")) if "id" in query else None

    def reply(self, host: str, target: str) -> Reply:
        """What stands at a target; 404 for what does not, 410 for what was deleted."""
        kept = self._kept.get((host, target))
        if kept is not None:
            return kept
        posting = self.find(host, target)
        if posting is not None:
            key, made = (host, posting.site.prefix + posting.path), self._page(posting)
            return self._kept.setdefault(key, made)
        if (host, target) in self._places:
            return self._kept.setdefault((host, target), self._feed(*self._places[host, target]))
        return self._sight(host, target)

    def precompute(self) -> None:
        """Make all pages and feeds, in every coding, now."""
        for host, target in (*self._postings, *self._places):
            reply = self.reply(host, target)
            for coding in reply.codings:
                reply.coded(coding)

    def _page(self, posting: Posting) -> Reply:
        wire = posting.site.wire
        if posting.deleted:
            return Reply(b"<html><body><h1>Gone</h1></body></html>", "text/html", status=410)
        body = page.render(posting)
        kind = f"text/html; charset={wire.charset}" if wire.charset_in_header else "text/html"
        modified = posting.release.updated if wire.last_modified else None
        return Reply(body, kind, etag=_etag(body, wire.etag), last_modified=modified, codings=wire.codings)

    def _feed(self, site: Site, place: FeedPlace) -> Reply:
        wire, channel = site.wire, feeds.open_channel(site, place, self._window)
        body, kind = feeds.write(channel)
        modified = channel.updated if wire.last_modified else None
        return Reply(
            body, kind, etag=_etag(body, wire.etag), last_modified=modified, codings=wire.codings,
            tells=tuple(posting.url for posting in channel.postings),
        )  # fmt: skip

    def _sight(self, host: str, target: str) -> Reply:
        """Whatever else is there to see on a host."""
        path = target.partition("?")[0]
        if path == "/robots.txt":
            return Reply(self._robots(host).encode(), "text/plain")
        for site in self.sites:
            if site.host != host or not path.startswith(f"{site.prefix}/"):
                continue
            below = path.removeprefix(site.prefix)
            if below.startswith("/media/") and below.endswith(".png"):
                return Reply(png_for(below), "image/png", etag=f'"{below[7:-4]}"')
            if below == "/sitemap.xml":
                return Reply("".join(_sitemap(site)).encode(), "application/xml")
            if below == "/" or below.startswith(_SIGHTS[1:]):
                return Reply(page.listing(site, site.wire.name), "text/html; charset=utf-8")
        shown = html.escape(path[:80])
        return Reply(
            f"<html><body><h1>Not found</h1><p>{shown}</p></body></html>".encode(), "text/html", status=404
        )

    def _robots(self, host: str) -> str:
        maps = [f"Sitemap: {site.base_url}/sitemap.xml" for site in self.sites if site.host == host]
        return "\n".join(["User-agent: *", "Disallow: /private/", "Allow: /", *maps, ""])


def _etag(body: bytes, kind: Literal["strong", "weak", "none"]) -> str | None:
    if kind == "none":
        return None
    tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    return f"W/{tag}" if kind == "weak" else tag


def _sitemap(site: Site) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    for posting in site.postings:
        if not posting.deleted:
            moment = posting.release.updated.isoformat()
            address = html.escape(quote(posting.url, safe=":/?=&%"))
            yield f"<url><loc>{address}</loc><lastmod>{moment}</lastmod></url>\n"
    yield "</urlset>\n"
