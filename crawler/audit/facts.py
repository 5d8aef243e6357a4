"""What the database and the disk say, as it is handed to this step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from crawler.document import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionRow:
    """A revision that was not dropped, with what it was read from; instants as the database writes them."""

    id: int
    article_id: int
    number: int
    state: str
    reason: str
    origin: str
    title: str
    date: str
    draft: bool
    path: str
    sha256: str
    size: int
    qrcode_path: str
    qrcode_sha256: str
    qrcode_size: int
    created_at: str
    notice: str | None
    statement: str | None
    leaf: str | None  #: of the log
    item_id: int  #: that it was read for
    page_url: str | None
    page_sha256: str | None
    extractor: str
    ok: bool
    reasons: str  #: JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRow:
    """An article, its item, and its revisions by number."""

    id: int
    item_id: int
    url: str
    code: str
    date: str
    title: str
    source_link: str | None
    source: str
    source_key: str
    state: str
    draft: bool
    revision: int
    path: str | None
    sha256: str | None
    size: int | None
    taken_down_at: str | None
    unfinished_takedown: str | None  #: when one was begun that was never finished
    item_article: int | None  #: of its item: the article
    item_state: str | None  #: None: the item has no row
    revisions: tuple[RevisionRow, ...]

    @property
    def newest(self) -> RevisionRow | None:
        """The revision that the article's file shows."""
        return next((one for one in self.revisions if one.state == "done"), None)

    @property
    def intended(self) -> tuple[RevisionRow, ...]:
        """Revisions that are being written, or were when a crash came."""
        return tuple(one for one in self.revisions if one.state == "intended")


Place = Literal["file", "missing", "link", "folder", "special", "unreadable", "long"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLook:
    """What lies in a place."""

    path: str
    place: Place
    size: int = 0
    modified: int = 0  #: nanoseconds
    sha256: str | None = None  #: None: it was not read
    document: Document | None = None  #: of an article's file, without its body
    trouble: str = ""  #: why it could not be read


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A file as the rows want it."""

    path: str
    sha256: str
    size: int
    kind: Literal["content", "revision", "qrcode"]
    article: int
    also: frozenset[str] = frozenset()  #: digests that it may have while a revision is being written
    removed: bool = False  #: it was taken down


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    """A row of ``warc_records`` with what it belongs to."""

    id: int
    path: str
    start: int
    size: int
    type: str
    sha256: str
    url: str
    fetch_id: int | None
    revision_id: int | None
    refers_to: int | None
    fetch_url: str | None  #: of the fetch; None: there is none
    fetch_at: str | None
    first_type: str | None  #: of the row that a revisit refers to
    first_sha256: str | None
    article: int | None  #: that is concerned
    revision_sha256: str | None  #: of the revision that it testifies to
    qrcode_sha256: str | None
    statement: str | None
    revision_state: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RawLook:
    """A record as it lies in a raw file."""

    offset: int
    length: int
    type: str
    url: str
    date: str
    payload: str  #: as it tells it
    payload_found: str | None  #: None: it has no payload that could be hashed
    block: str
    block_found: str
    trouble: str = ""  #: why it is no whole record, though its gzip member is whole
    written: str = ""  #: what about its gzip member is not as it is written
    first: tuple[str, int, str] | None = None  #: of a revisit: where its body lies, and its digest
    text: bytes = b""  #: the block of a metadata record
    line: str | None = None  #: of the CDXJ index

    @property
    def is_tombstone(self) -> bool:
        """Whether it stands where a record was that was taken down (``archive.warc.tombstones``)."""
        return self.type == "metadata" and self.text.startswith(b"removed: taken down\r\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class RawGap:
    """Bytes of a raw file that are no whole record."""

    offset: int
    end: int
    trouble: str
    torn: bool = False  #: no whole record follows
    harmless: bool = False  #: what is in them is whole, but they are not as they are written
