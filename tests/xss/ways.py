"""How a hostile body comes in: a way is an item of a feed and, mostly, the page behind it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape
from typing import Any
from xml.sax.saxutils import escape as xml
from xml.sax.saxutils import quoteattr

from lxml import etree, html

from tests.extract.pages import LAST, LEAD, MIDDLE

TITLE = "Lanternfield opens a second plant"
DATE = "Mon, 10 Mar 2025 09:30:00 GMT"
_NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
)
_PROSE = f"<p>{MIDDLE}</p><p>{LAST}</p>"


@dataclass(frozen=True, slots=True)
class Way:
    """One way in."""

    name: str
    format: str  #: of the feed: rss, atom, json
    item: Callable[[str, str, str], Any]  #: the item that carries a body: body, the page's address, its title
    page: Callable[[str, str], str] | None = None  #: the page, by body and title; None: there is none


def feed(format: str, items: Iterable[Any], *, base: str = "https://wire.example/") -> tuple[str, bytes]:
    """A feed of that format with these items: content type and bytes."""
    if format == "json":
        told = {"version": "https://jsonfeed.org/version/1.1", "title": "Example Wire", "items": list(items)}
        return "application/feed+json", json.dumps(told).encode()
    if format == "atom":
        text = f'<feed xmlns="http://www.w3.org/2005/Atom" xml:base="{base}"><title>Example Wire</title>{"".join(items)}</feed>'
    else:
        text = f'<rss version="2.0" {_NAMESPACES}><channel><title>Example Wire</title>{"".join(items)}</channel></rss>'
    document = f'<?xml version="1.0" encoding="utf-8"?>\n{text}'
    return f"application/{format}+xml; charset=utf-8", as_bytes(document)


def as_bytes(text: str) -> bytes:
    """The text as a careless program sends it: what has no UTF-8 is sent all the same."""
    return text.encode("utf-8", "surrogatepass")


# --------------------------------------------------------------------------- pages


def _page(head: str, article: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">{head}</head><body><nav><a href="/">Home</a></nav>'
        f"<main><article>{article}</article></main><footer>© Example Wire</footer></body></html>"
    )


def _page_body(body: str, title: str) -> str:
    shown = f"<h1>{title}</h1><p>{LEAD}</p>"
    return _page(f"<title>{title}</title>", f"{shown}<p>{MIDDLE}</p>{body}<p>{LAST}</p>")


def _page_first(body: str, title: str) -> str:
    """The body before everything else of the article."""
    return _page(f"<title>{title}</title>", f"{body}<h1>{title}</h1><p>{LEAD}</p>{_PROSE}")


def _page_fields(body: str, title: str) -> str:
    """Everything that a page says of itself."""
    value = escape(body)
    told = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": f"{title} {body}",
        "image": [body, f"https://pictures.example/{body}"],
        "author": {"name": body, "url": body},
        "description": f"{LEAD} {body}",
        "url": body,
    }
    data = json.dumps(told).replace("</", "<\\/")
    head = (
        f'<title>{title} {value}</title><meta property="og:title" content="{title} {value}">'
        f'<meta name="description" content="{LEAD} {value}"><meta property="og:description" content="{value} {LEAD}">'
        f'<meta property="og:image" content="{value}"><meta name="twitter:image" content="https://pictures.example/{value}">'
        f'<link rel="canonical" href="{value}"><meta name="author" content="{value}"><meta name="date" content="{value}">'
        f'<script type="application/ld+json">{data}</script>'
    )
    return _page(head, f"<h1>{title} {value}</h1><p>{LEAD} {value}</p>{_PROSE}")


def _page_base(body: str, title: str) -> str:
    """Addresses in the page are relative to a hostile one."""
    base = f'<base href="{escape(body)}">'
    links = '<p>See <a href="lamps">the lamps</a> <a href="#x">and</a> <img src="lamp.png" alt="a lamp"></p>'
    return _page(f"{base}<title>{title}</title>", f"<h1>{title}</h1><p>{LEAD}</p>{links}{_PROSE}")


def _page_state(body: str, title: str) -> str:
    """A page that shows nothing: its scripts build it from data."""
    told = json.dumps({"props": {"title": title, "body": f"<p>{LEAD}</p>{body}{_PROSE}"}}).replace(
        "<", "\\u003c"
    )
    data = f'<script id="__NEXT_DATA__" type="application/json">{told}</script>'
    return _page(f"<title>{title}</title>", f"<h1>{title}</h1>{data}")


# --------------------------------------------------------------------------- items


def _rss(parts: str, link: str, title: str = TITLE) -> str:
    where = f"<link>{xml(link)}</link><guid>{xml(link)}</guid><pubDate>{DATE}</pubDate>"
    return f"<item><title>{title}</title>{where}{parts}</item>"


def _atom(parts: str, link: str, title: str) -> str:
    where = f"<id>{xml(link)}</id><link href={quoteattr(link)}/><updated>2025-03-10T09:30:00Z</updated>"
    return f"<entry>{title}{where}{parts}</entry>"


def _cdata(markup: str) -> str:
    return "<![CDATA[" + markup.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def _content(body: str) -> str:
    return f"<p>{LEAD}</p>{body}{_PROSE}"


def _rss_plain(body: str, link: str, title: str) -> str:
    return _rss("", link, title)


def _rss_content(body: str, link: str, title: str) -> str:
    return _rss(f"<content:encoded>{_cdata(_content(body))}</content:encoded>", link, title)


def _rss_description(body: str, link: str, title: str) -> str:
    return _rss(f"<description>{xml(_content(body))}</description>", link, title)


def _rss_twice(body: str, link: str, title: str) -> str:
    """Escaped once too often."""
    return _rss(f"<description>{xml(xml(_content(body)))}</description>", link, title)


def _rss_fields(body: str, link: str, title: str) -> str:
    """Everything that an item says of itself."""
    value = xml(body)
    quoted = quoteattr(body)
    parts = (
        f"<description>{xml(LEAD)} {xml(value)}</description><author>{value}</author><dc:creator>{value}</dc:creator>"
        f"<category>{value}</category><category>{xml(value)}</category><source url={quoted}>{value}</source>"
        f"<enclosure url={quoted} type='image/png' length='9'/><media:content url={quoted} medium='image'/>"
        f"<media:thumbnail url={quoted}/><itunes:image href={quoted}/><dc:date>{value}</dc:date>"
        f"<enclosure url={quoteattr('https://pictures.example/' + body)} type='image/svg+xml'/>"
    )
    return _rss(parts, link, f"{title} {value}")


def _rss_title(body: str, link: str, title: str) -> str:
    """Nothing but the body is the title; the item's own text is all there is."""
    return _rss(
        f"<description>{xml(LEAD)}{xml(_PROSE)}</description>", link, f"{_cdata(body)} {xml(xml(body))}"
    )


def _rss_links(body: str, link: str, title: str) -> str:
    """The item's address is hostile itself."""
    value = xml(body)
    parts = f"<guid isPermaLink='true'>{value}</guid><comments>{value}</comments><description>{xml(_content(''))}</description>"
    return (
        f"<item><title>{title} {xml(link)}</title><link>{value}</link><pubDate>{DATE}</pubDate>{parts}</item>"
    )


def _atom_html(body: str, link: str, title: str) -> str:
    return _atom(f'<content type="html">{xml(_content(body))}</content>', link, f"<title>{title}</title>")


def _atom_xhtml(body: str, link: str, title: str) -> str:
    """As XHTML, of which anything is still there that a lenient reader saw."""
    told = f'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{_well_formed(_content(body))}</div></content>'
    return _atom(told, link, f"<title>{title}</title>")


def _atom_raw(body: str, link: str, title: str) -> str:
    """Called XHTML, and not well-formed."""
    told = f'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{_content(body)}</div></content>'
    return _atom(told, link, f"<title>{title}</title>")


def _atom_fields(body: str, link: str, title: str) -> str:
    value, quoted = xml(body), quoteattr(body)
    parts = (
        f"<author><name>{value}</name><uri>{value}</uri></author><rights type='html'>{value}</rights>"
        f"<summary type='html'>{xml(LEAD)} {value}</summary><category term={quoted} label={quoted}/>"
        f"<link rel='enclosure' href={quoted} type='image/png'/><link rel='alternate' href={quoted}/>"
        f"<content type='html' xml:base={quoted}>{xml(_content('<p>A <a href=x>link</a> <img src=y></p>'))}</content>"
    )
    return _atom(parts, link, f"<title type='html'>{title} {value}</title>")


def _json_html(body: str, link: str, title: str) -> dict[str, Any]:
    return _json(link, title, content_html=_content(body))


def _json_fields(body: str, link: str, title: str) -> dict[str, Any]:
    return _json(
        link, f"{title} {body}", content_text=f"{LEAD}\n\n{body}\n\n{MIDDLE}", summary=f"{LEAD} {body}",
        image=body, banner_image=f"https://pictures.example/{body}", authors=[{"name": body, "url": body}],
        tags=[body], external_url=body, attachments=[{"url": body, "mime_type": "image/png"}], language=body,
    )  # fmt: skip


def _json(link: str, title: str, **more: Any) -> dict[str, Any]:
    return {"id": link, "url": link, "title": title, "date_published": "2025-03-10T09:30:00Z", **more}


def _well_formed(markup: str) -> str:
    tree = html.fragment_fromstring(_allowed(markup), create_parent="div")
    for element in tree.iter("*"):
        element.tag = str(element.tag).replace(":", "-").replace("<", "")
    return etree.tostring(tree, encoding="unicode", method="xml")


def _allowed(text: str) -> str:
    return "".join(
        letter for letter in text if letter in "\t\n\r" or " " <= letter < "\ud800" or letter > "\udfff"
    )


WAYS: tuple[Way, ...] = (
    Way("page", "rss", _rss_plain, _page_body),
    Way("page-first", "rss", _rss_plain, _page_first),
    Way("page-fields", "rss", _rss_plain, _page_fields),
    Way("page-base", "rss", _rss_plain, _page_base),
    Way("page-state", "rss", _rss_plain, _page_state),
    Way("rss-content", "rss", _rss_content),
    Way("rss-description", "rss", _rss_description),
    Way("rss-twice", "rss", _rss_twice),
    Way("rss-fields", "rss", _rss_fields),
    Way("rss-title", "rss", _rss_title),
    Way("rss-links", "rss", _rss_links),
    Way("atom-html", "atom", _atom_html),
    Way("atom-xhtml", "atom", _atom_xhtml),
    Way("atom-raw", "atom", _atom_raw),
    Way("atom-fields", "atom", _atom_fields),
    Way("json-html", "json", _json_html),
    Way("json-fields", "json", _json_fields),
)
