"""From an extraction to the record of a revision."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from crawler.model.frame import Line, Removed, Ruled
from crawler.model.raw import RawRecord
from crawler.model.revising import Change


class Origin(enum.StrEnum):
    """Where an article's body came from."""

    PAGE = "page"
    FEED = "feed"  #: a fallback: the page failed or was not the article; upgradable


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One possible value of a field and where it came from."""

    source: str  #: "feed.title", "page.h1", "banner", …
    value: str
    note: str = ""  #: why it lost, when it did


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """What was found in a page (or in a feed's own content): unmixed with other sources."""

    origin: Origin
    body: str  #: clean HTML blocks on one line; "" if none
    text: str  #: the body's plain text, one block a line
    above: str = (
        ""  #: the last lines above the headline, one a line: notices may stand there, never the article
    )
    title: str | None = None
    date: datetime | None = None
    date_raw: str | None = None
    author: str | None = None
    language: str | None = None  #: as declared by the page, else guessed
    description: str | None = None  #: meta description, plain text
    image: str | None = None  #: lead image, absolute
    canonical: str | None = None  #: rel=canonical, absolute
    site: str | None = None
    charset: str | None = None  #: the encoding the bytes were read with
    charset_from: str | None = None  #: "bom", "header", "meta", "utf-8", "detected", "fallback"
    extractor: str = ""  #: name and version: "trafilatura 2.3.1"
    title_from: str | None = None  #: which rule gave the title: "h1", "og:title", …
    date_from: str | None = None
    body_from: str = (
        ""  #: which reading gave the body: "trafilatura", "container", "embedded state", "host rule"
    )
    tools: str = ""  #: what read it, with versions
    candidates: Mapping[str, tuple[Candidate, ...]] = field(default_factory=dict)
    #: field → all that the page says of it, the winner first; for "body" only the other readings
    lines: tuple[
        Line, ...
    ] = ()  #: of the article before furniture was taken out, to be remembered of the host
    frame_pages: int = 0  #: pages of the host that were known when this one was read
    removed: tuple[Removed, ...] = ()  #: furniture
    ruled: Ruled | None = None  #: what the host's rule did; None: it has none


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Is this really the article? (quality.py)"""

    ok: bool
    reasons: tuple[str, ...] = ()  #: short words: "empty", "consent page", "other article", …


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A field's winner, the rule that chose it, and the losers."""

    field: str
    winner: Candidate
    rule: str
    losers: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An article before the archive has given it its numbers and its address."""

    title: str
    date: datetime
    draft: bool
    summary: str
    description: str
    source_link: str
    enclosure: str
    source: str
    source_key: str
    slug: str  #: wished-for ``url``: date and slug, not yet unique
    body: str
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the store gives an article: its numbers and its unique address."""

    article_id: int
    feed_item_id: int
    url: str  #: unique in the archive, stable from the first claim on
    code: str  #: short code, unique in the archive ("poemx1IL")
    date: datetime  #: publication date at the first claim: paths stay where they are
    source_key: str
    revision: int  #: number of the revision to be written, 1 for the first
    newest_digest: str | None = None  #: SHA-256 of the file of the newest revision
    duplicate_of: int | None = None  #: another article already has this address


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedFile:
    """A file as stored: path below the archive's root, with ``/``."""

    path: str
    digest: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Older:
    """The revision whose file is to be moved aside for a newer one."""

    digest: str
    path: str  #: where it will lie


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Provenance of one revision: feed → item → page → extraction → file, one value."""

    claim: Claim
    item_id: int
    draft: Draft
    document: ArchivedFile
    qrcode: ArchivedFile
    origin: Origin
    verdict: Verdict
    reason: str  #: why this revision exists: "first", "upgrade", "page edited", …
    extraction: Extraction
    page_url: str | None  #: final address of the page; None when the feed alone was used
    page_digest: str | None
    fetched_at: datetime
    notice: str | None = None  #: what the wire says of it: "correction", "kill", …
    change: Change | None = None  #: what it changes
    statement: str | None = None  #: canonical JSON of all this (``crawler.statement``)
    kept: RawRecord | None = None  #: where the raw archive has its testimony


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A revision that was about to be written: what a start finds after a crash."""

    revision_id: int
    item_id: int
    document: ArchivedFile
    qrcode: ArchivedFile
    older: Older | None = None  #: the revision whose place it takes
    kept: RawRecord | None = None  #: where the raw archive has its testimony
