"""A feed of a site → bytes, in its dialect; Atom 1.0 and JSON Feed 1.1 are written here."""

from __future__ import annotations

import json

from tests.wire import rss
from tests.wire.channel import Channel, escape, quoteattr, tag
from tests.wire.page import content_html, image_url
from tests.wire.wires import FeedPlace, Posting, Site

DIALECTS = (*rss.DIALECTS, "rdf", "atom-updated", "atom-xhtml", "json")


def open_channel(site: Site, place: FeedPlace, window: int) -> Channel:
    """The feed as it stands: the newest ``window`` postings of its topic; 0 for all."""
    chosen = [
        posting
        for posting in reversed(site.postings)
        if not posting.deleted and (place.topic is None or place.topic in posting.release.topics)
    ]
    chosen.sort(key=lambda posting: posting.release.published, reverse=True)
    return Channel(site=site, place=place, postings=tuple(chosen[:window] if window else chosen))


def write(channel: Channel) -> tuple[bytes, str]:
    """The feed's bytes and its Content-Type."""
    dialect = channel.place.dialect
    if dialect in rss.DIALECTS:
        return rss.write_rss(channel, rss.DIALECTS[dialect])
    if dialect == "rdf":
        return rss.write_rdf(channel)
    if dialect == "json":
        return _json(channel)
    return _atom(channel, xhtml=dialect == "atom-xhtml")


def _atom(channel: Channel, *, xhtml: bool) -> tuple[bytes, str]:
    site = channel.site
    entries = "".join(_entry(posting, xhtml=xhtml) for posting in channel.postings)
    text = (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"'
        f" xml:lang={quoteattr(site.wire.languages[0])}>\n{tag('title', channel.title)}"
        f"{tag('id', f'urn:x-wire:{site.wire.key}:{channel.place.name}')}"
        f'<link rel="self" href={quoteattr(channel.url)}/><link href={quoteattr(site.base_url + "/")}/>'
        f"{tag('updated', channel.updated.isoformat())}\n{entries}</feed>\n"
    )
    return text.encode(), "application/atom+xml; charset=utf-8"


def _entry(posting: Posting, *, xhtml: bool) -> str:
    release, wire = posting.release, posting.site.wire
    shown = {"title": release.title, "updated": wire.local(release.updated).isoformat()}
    if xhtml:
        shown["published"] = wire.local(release.published).isoformat()
        body = content_html(posting, xhtml=True)
        content = f'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{body}</div></content>'
    else:
        content = f'<summary type="html">{escape(f"<p>{escape(release.lead)}</p>")}</summary>'
    author = f"<author>{tag('name', release.company or wire.name)}</author>"
    identity = tag("id", f"urn:x-wire:{wire.key}:{posting.number}")
    categories = "".join(f"<category term={quoteattr(topic)}/>" for topic in release.topics)
    fields = "".join(tag(name, value) for name, value in shown.items())
    link = f'<link rel="alternate" type="text/html" href={quoteattr(posting.url)}/>'
    return f"<entry>{fields}{identity}{link}{author}{categories}{content}</entry>\n"


def _json(channel: Channel) -> tuple[bytes, str]:
    """JSON Feed 1.1 (jsonfeed.org/version/1.1)."""
    value = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.title,
        "home_page_url": channel.site.base_url + "/",
        "feed_url": channel.url,
        "language": channel.site.wire.languages[0],
        "items": [_json_item(posting) for posting in channel.postings],
    }
    return json.dumps(value, ensure_ascii=False, indent=1).encode(), "application/feed+json"


def _json_item(posting: Posting) -> dict[str, object]:
    release = posting.release
    item: dict[str, object] = {
        "id": str(posting.number),
        "url": posting.url,
        "title": release.title,
        "content_html": content_html(posting),
        "summary": release.lead,
        "date_published": release.published.isoformat(),
        "tags": list(release.topics),
        "authors": [{"name": release.company or posting.site.wire.name}],
    }
    if release.updated != release.published:
        item["date_modified"] = release.updated.isoformat()
    if release.pictures:
        item["image"] = image_url(posting)
        item["attachments"] = [{"url": image_url(posting), "mime_type": "image/png"}]
    return item
