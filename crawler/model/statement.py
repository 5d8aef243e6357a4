"""What the archive states of a revision, and what the raw archive keeps of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crawler.model.article import ArchivedFile, Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One revision, told once and for all: a leaf of the log, and what a lost database is rebuilt from.

    Secrets of addresses are not in it.
    """

    article: int  #: number of the article
    item: int  #: number of the feed item
    revision: int  #: 1 for the first
    reason: str  #: why it exists: "first", "page edited", …
    origin: Origin
    notice: str | None  #: what the wire said of it: "correction", "kill", …
    title: str
    date: datetime  #: at the first claim: the one in the paths
    url: str  #: the last part of the public address
    code: str  #: short code
    source: str
    source_key: str
    source_link: str
    draft: bool
    document: ArchivedFile
    qrcode: ArchivedFile
    previous: str | None  #: SHA-256 of the file of the revision before
    page_url: str | None  #: None: the feed alone was used
    page_sha256: str | None  #: of the page, decompressed
    raw_sha256: str | None  #: of its body as received
    fetched_at: datetime
    extractor: str
    ok: bool  #: whether it was found to be the article
    reasons: tuple[str, ...]
    item_key: str  #: the item's identity
    guid: str | None
    feed: str  #: name
    feed_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Testimony:
    """A revision as the raw archive keeps it: enough to put its files again, byte for byte, without anything else."""

    statement: bytes  #: canonical JSON (``crawler.statement``)
    detail: bytes  #: JSON: the rest of what the database has of it (``crawler.statement``)
    document: bytes
    image: bytes  #: of the QR code
    address: (
        str  #: of the article, public: never the page's, or replay tools would show the file in its place
    )
    page_url: str | None  #: of the page that it was made of, without secrets
    image_address: str  #: of the image, public
    at: datetime
    page: tuple[str, int] | None  #: file and offset of the response that it was made of
