"""A posting → the bytes of its page, in its wire's template and charset."""

from __future__ import annotations

import html
import json
import posixpath
from functools import cache
from pathlib import Path
from random import Random
from string import Template

from tests.wire.blocks import Style, to_html
from tests.wire.prose import related_titles
from tests.wire.release import long_date
from tests.wire.wires import Posting, Site, slug

_PAGES = Path(__file__).parent / "pages"


@cache
def _template(name: str) -> Template:
    return Template((_PAGES / name).read_text(encoding="utf-8"))


@cache
def _css() -> str:
    return (_PAGES / "site.css").read_text(encoding="utf-8")


def link(posting: Posting, target: str) -> str:
    """A target of the text as this wire writes it on the page: absolute, relative, or below <base>."""
    if not target.startswith("/"):
        return target
    habit = posting.site.wire.links
    if habit == "absolute":
        return posting.site.base_url + target
    if habit == "base":
        return target.removeprefix("/")
    if habit == "relative":
        folder = posixpath.dirname(posting.path.partition("?")[0])
        return posixpath.relpath(target, folder) + ("/" if target.endswith("/") else "")
    return posting.site.prefix + target


def image_url(posting: Posting) -> str:
    """The lead image: the first picture of the text, else a card of the wire."""
    pictures = posting.release.pictures
    return posting.site.base_url + (pictures[0] if pictures else f"/media/card-{posting.number}.png")


def content_html(posting: Posting, *, xhtml: bool = False) -> str:
    """The body as a feed carries it: all addresses absolute."""
    site = posting.site

    def absolute(target: str) -> str:
        return site.base_url + target if target.startswith("/") else target

    style = Style(void=" />") if xhtml else site.wire.style
    return to_html(posting.release.blocks, style, absolute)


def description(posting: Posting) -> str:
    """The lead, cut at a word, as meta descriptions are."""
    lead = posting.release.lead
    if len(lead) <= 160:
        return lead
    return lead[:157].rpartition(" ")[0] + "..." if " " in lead[:157] else lead[:157] + "..."


def render(posting: Posting) -> bytes:
    """The page in the wire's charset; what it cannot write becomes a character reference."""
    wire = posting.site.wire
    text = _template(f"{wire.template}.html").substitute(_values(posting))
    return text.encode(wire.charset, "xmlcharrefreplace")


def _values(posting: Posting) -> dict[str, object]:
    release, site = posting.release, posting.site
    wire, escaped = site.wire, html.escape(posting.release.title)
    local, updated = wire.local(release.published), wire.local(release.updated)
    subtitle = html.escape(release.subtitle, quote=False)
    return {
        "title": escaped, "site": html.escape(wire.name), "root": site.prefix, "lang": release.language,
        "direction": "rtl" if release.language == "ar" else "ltr", "css": _css(),
        "url": html.escape(posting.url), "base": f"{site.base_url}/", "image": image_url(posting),
        "number": posting.number, "topic": release.topics[0], "year": local.year,
        "company": html.escape(release.company or "Newsroom"),
        "ticker": f"{release.exchange}:{release.ticker}" if release.ticker else "not listed",
        "description": html.escape(description(posting)), "json_ld": _json_ld(posting),
        "iso": local.isoformat(), "iso_updated": updated.isoformat(), "day": f"{local:%Y-%m-%d}",
        "clock": f"{local:%H:%M}", "date_long": long_date(local, release.language),
        "subtitle_p": f'<p class="subtitle">{subtitle}</p>' if subtitle else "",
        "subtitle_h2": f"<h2>{subtitle}</h2>" if subtitle else "",
        "body": to_html(release.blocks, wire.style, lambda target: link(posting, target)),
        "related": _related(posting),
    }  # fmt: skip


def _json_ld(posting: Posting) -> str:
    """schema.org/NewsArticle, safe inside a script element."""
    release = posting.release
    value = {
        "@context": "https://schema.org", "@type": "NewsArticle", "headline": release.title,
        "datePublished": release.published.isoformat(), "dateModified": release.updated.isoformat(),
        "image": [image_url(posting)], "mainEntityOfPage": posting.url,
        "author": {"@type": "Organization", "name": release.company or posting.site.wire.name},
        "publisher": {"@type": "Organization", "name": posting.site.wire.name},
    }  # fmt: skip
    return json.dumps(value).replace("<", "\\u003c")


def _related(posting: Posting) -> str:
    rng = Random(f"{posting.site.wire.key}:{posting.number}:related")
    titles = related_titles(posting.release.language, rng, 4)
    return "".join(
        f'<li><a href="{html.escape(link(posting, f"/company/news/{slug(title)}"))}">'
        f"{html.escape(title, quote=False)}</a></li>"
        for title in titles
    )


def listing(site: Site, heading: str) -> bytes:
    """A page that is not an article: the site's start, a company's page, a topic."""
    links = "".join(
        f'<li><a href="{html.escape(site.prefix + posting.path)}">{html.escape(posting.release.title)}</a> '
        f"{posting.release.published:%Y-%m-%d}</li>"
        for posting in reversed(site.postings[-30:])
        if not posting.deleted
    )
    name = html.escape(site.wire.name)
    text = (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{name}</title></head><body>'
        f"<h1>{html.escape(heading)}</h1><ul>{links}</ul></body></html>"
    )
    return text.encode()
