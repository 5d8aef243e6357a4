"""Feeds of invented companies, built from small pieces, and the one way these tests read them."""

from __future__ import annotations

from crawler.feeds import parse
from crawler.model import Entry, FeedDocument

URL = "https://wire.example/feeds/all.xml"
ATOM = "http://www.w3.org/2005/Atom"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RSS1 = "http://purl.org/rss/1.0/"
DC = "http://purl.org/dc/elements/1.1/"
MEDIA = "http://search.yahoo.com/mrss/"


def rss(*items: str, head: str = "<title>Brightwater Wire</title>", attributes: str = "") -> str:
    """RSS 2.0."""
    return f'<rss version="2.0"{attributes}><channel>{head}{"".join(items)}</channel></rss>'


def item(number: int = 1, extra: str = "") -> str:
    """An RSS item with title and link."""
    return (
        f"<item><title>Brightwater Pumps opens plant {number}</title>"
        f"<link>https://wire.example/news/{number}</link>{extra}</item>"
    )


def rdf(*items: str, attributes: str = "") -> str:
    """RSS 1.0."""
    return (
        f'<rdf:RDF xmlns:rdf="{RDF}" xmlns="{RSS1}" xmlns:dc="{DC}"{attributes}>'
        f"<channel><title>Brightwater Wire</title></channel>{''.join(items)}</rdf:RDF>"
    )


def atom(*entries: str, head: str = "<title>Brightwater Wire</title>", attributes: str = "") -> str:
    """Atom 1.0."""
    return f'<feed xmlns="{ATOM}"{attributes}>{head}{"".join(entries)}</feed>'


def atom_entry(number: int = 1, extra: str = "") -> str:
    """An Atom entry with title, link and id."""
    return (
        f"<entry><title>Brightwater Pumps opens plant {number}</title>"
        f'<link href="https://wire.example/news/{number}"/><id>tag:wire.example,2024:{number}</id>{extra}</entry>'
    )


def read(document: str | bytes, *, url: str = URL, content_type: str = "", **options: object) -> FeedDocument:
    """The document of a text or of bytes."""
    body = document if isinstance(document, bytes) else document.encode()
    headers = {"content-type": content_type} if content_type else {}
    return parse(body, url=url, headers=headers, feed_name="brightwater", **options)  # type: ignore[arg-type]


def only(document: str | bytes, *, url: str = URL, content_type: str = "") -> Entry:
    """The one entry of a document."""
    (entry,) = read(document, url=url, content_type=content_type).entries
    return entry


def keys(document: str | bytes) -> list[str]:
    """The keys of a document's entries."""
    return [entry.key for entry in read(document).entries]
