"""The wires: twelve newsrooms as different as real ones are, and a site for each address.

``build_sites`` is used by the sample wire; pages and feeds read what a ``Wire`` says.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import Literal
from urllib.parse import quote

from tests.wire.blocks import Style
from tests.wire.release import Release

Links = Literal["root", "absolute", "relative", "base"]


@dataclass(frozen=True, slots=True)
class FeedPlace:
    """One feed of a wire: where it is, how it is written, what is in it."""

    name: str
    path: str
    dialect: str  #: a key of ``feeds.DIALECTS``
    topic: str | None = None  #: None: all releases


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """A newsroom's habits."""

    key: str
    name: str
    template: str
    path: str  #: of a release, with {number}, {slug}, {date}, {code}, {unicode}
    feeds: tuple[FeedPlace, ...]
    languages: tuple[str, ...] = ("en",)
    charset: str = "utf-8"
    charset_in_header: bool = True
    offset: int = 0  #: hours east of Greenwich of the times it prints
    links: Links = "root"
    style: Style = field(default_factory=Style)
    codings: tuple[str, ...] = ("br", "gzip")
    etag: Literal["strong", "weak", "none"] = "strong"
    last_modified: bool = True
    first_number: int = 100_000

    def local(self, moment: datetime) -> datetime:
        """The moment on the wire's own clock."""
        return moment.astimezone(timezone(timedelta(hours=self.offset)))


@dataclass(slots=True, eq=False)
class Site:
    """A wire at an address, with what it has published."""

    wire: Wire
    host: str  #: IP address
    prefix: str = ""  #: "/w03" where all wires share one address
    port: int = 0
    postings: list[Posting] = field(default_factory=list)  #: oldest first

    @property
    def base_url(self) -> str:
        """The site's root, without a slash at the end."""
        return f"http://{self.host}:{self.port}{self.prefix}"

    def post(self, release: Release) -> Posting:
        """Put a release on this site."""
        posting = Posting(site=self, release=release, number=self.wire.first_number + 7 * len(self.postings))
        self.postings.append(posting)
        return posting


@dataclass(slots=True, eq=False)
class Posting:
    """A release on a site: what has an address."""

    site: Site
    release: Release
    number: int
    path: str = ""  #: below the site's prefix, percent-encoded, with the query if it matters
    deleted: bool = False

    def __post_init__(self) -> None:
        date = self.site.wire.local(self.release.published)
        code = hashlib.sha256(f"{self.site.wire.key}:{self.number}".encode()).hexdigest()[:10]
        words = {"number": self.number, "slug": slug(self.release.title), "code": code, "date": date}
        self.path = self.site.wire.path.format(**words, unicode=unicode_slug(self.release.title))

    @property
    def url(self) -> str:
        """The release's address, without anything that tracks."""
        return self.site.base_url + self.path


def slug(title: str) -> str:
    """A plain ASCII slug, as most wires make them."""
    text = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", text)[:90].strip("-") or "release"


def unicode_slug(title: str) -> str:
    """A slug in the title's own script, percent-encoded."""
    return quote(re.sub(r"[^\w]+", "-", title.lower())[:60].strip("-")) or "release"


_BREAKS = Style(
    paragraph=("", "<br><br>\n"),
    heading=("<b>", "</b><br><br>\n"),
    quote=("<i>", "</i><br><br>\n"),
    figure=False,
)
_CAPITALS = Style(
    heading=("<p><b>", "</b></p>\n"), upper=True, figure=False, table='<table border="1" cellpadding="2">'
)
_STRICT = Style(heading=("<h3>", "</h3>\n"), figure=False, void=" />", table='<table summary="">')
_JUSTIFIED = Style(
    paragraph=('<p align="justify">', "</p>\n"), heading=("<p><strong>", "</strong></p>\n"),
    table='<table class="gnw_table" cellspacing="0">',
)  # fmt: skip
_SPACED = Style(paragraph=('<p class="css-p4ra">', "</p>"), heading=('<h3 class="css-h3">', "</h3>"))


CATALOGUE: tuple[Wire, ...] = (
    Wire(
        key="meridian", name="Meridian Wire", template="meridian",
        path="/news/{date:%Y/%m/%d}/{number}/{slug}.html",
        feeds=(
            FeedPlace("all", "/rss/all.xml", "rss-minutes"),
            FeedPlace("technology", "/rss/technology.xml", "rss-minutes", "technology"),
        ),
    ),
    Wire(
        key="ledger", name="Ledger Newswire", template="ledger", offset=-4,
        path="/news-release/{date:%Y/%m/%d}/{number}/0/en/{slug}.html", style=_JUSTIFIED,
        feeds=(
            FeedPlace("all", "/feed/all", "rss-tracked"),
            FeedPlace("markets", "/feed/subject?code=markets", "rss-tracked", "markets"),
        ),
        codings=("gzip",), etag="weak", first_number=2_400_000,
    ),
    Wire(
        key="porthaven", name="Port Haven News", template="porthaven", charset="iso-8859-1",
        charset_in_header=False, path="/release.asp?id={number}", style=_CAPITALS,
        feeds=(
            FeedPlace("all", "/rss.asp", "rss-plain"),
            FeedPlace("business", "/rdf.asp?topic=business", "rdf", "business"),
        ),
        codings=(), etag="none", first_number=5_000,
    ),
    Wire(
        key="nordlicht", name="Nordlicht Presse", template="nordlicht", languages=("de",), offset=2,
        charset="iso-8859-1", path="/pm/{number}/{slug}", links="base", style=_STRICT,
        feeds=(
            FeedPlace("alle", "/feed/atom", "atom-updated"),
            FeedPlace("produkte", "/feed/atom/produkte", "atom-updated", "products"),
        ),
        codings=("gzip",), last_modified=False,
    ),
    Wire(
        key="kizuna", name="Kizuna Press", template="kizuna", languages=("ja",), offset=9,
        charset="shift_jis", charset_in_header=False, path="/main/html/rd/p/{number}.html", links="absolute",
        feeds=(
            FeedPlace("all", "/index.rdf", "rdf"),
            FeedPlace("technology", "/technology.rdf", "rdf", "technology"),
        ),
        codings=("gzip",), first_number=9_000_000,
    ),
    Wire(
        key="prensa", name="Prensa del Sur", template="prensa", languages=("es",), offset=2,
        path="/noticias/{slug}-{number}/", links="relative",
        feeds=(
            FeedPlace("todo", "/feed/", "rss-full"),
            FeedPlace("tecnologia", "/temas/technology/feed/", "rss-full", "technology"),
        ),
    ),
    Wire(
        key="canal", name="Canal Annonces", template="canal", languages=("fr",), offset=2,
        path="/communique/{number}-{slug}", links="base",
        feeds=(
            FeedPlace("tous", "/flux/tous.xml", "rss-relative"),
            FeedPlace("entreprises", "/flux/entreprises.xml", "atom-xhtml", "business"),
        ),
    ),
    Wire(
        key="kestrel", name="Kestrel Newsroom", template="kestrel", path="/{date:%Y/%m}/{slug}-{number}/",
        feeds=(
            FeedPlace("all", "/feed/", "rss-full"),
            FeedPlace("business", "/category/business/feed/", "rss-full", "business"),
        ),
        codings=("gzip",), first_number=310,
    ),
    Wire(
        key="opendesk", name="OpenDesk Releases", template="opendesk", path="/r/{code}", style=_SPACED,
        feeds=(
            FeedPlace("all", "/feed.json", "json"),
            FeedPlace("products", "/feed.json?topic=products", "json", "products"),
        ),
        etag="weak", last_modified=False, first_number=70_000,
    ),
    Wire(
        key="harbor", name="Harbor Press", template="harbor", path="/release/{number}/{slug}", style=_BREAKS,
        feeds=(
            FeedPlace("all", "/rss/news.rss", "rss-media"),
            FeedPlace("business", "/rss/business.rss", "rss-media", "business"),
        ),
        codings=("gzip",), etag="none",
    ),
    Wire(
        key="vital", name="Vital Signs Wire", template="vital", path="/releases/{slug}-{number}.html", offset=-4,
        feeds=(
            FeedPlace("all", "/atom.xml", "atom-xhtml"),
            FeedPlace("health", "/atom-health.xml", "atom-xhtml", "health"),
        ),
        first_number=40_000,
    ),
    Wire(
        key="atlas", name="Atlas International", template="atlas", languages=("ru", "ar", "en"), offset=4,
        path="/news/{number}/{unicode}", links="absolute",
        feeds=(
            FeedPlace("all", "/rss", "rss-media"),
            FeedPlace("technology", "/rss/technology", "rss-media", "technology"),
        ),
    ),
)  # fmt: skip


def wire_number(index: int, *, name: str | None = None) -> Wire:
    """The wire at a place of the list; after the twelfth they begin again under other names."""
    wire, again = CATALOGUE[index % len(CATALOGUE)], index // len(CATALOGUE)
    if again:
        wire = replace(wire, key=f"{wire.key}{again + 1}", name=f"{wire.name} {again + 1}")
    if name is None:
        return wire
    return replace(wire, key=re.sub(r"[^a-z0-9]+", "", name.lower()) or wire.key, name=name)
