"""Who reads foreign bytes, and what a host has taught about its pages."""

from __future__ import annotations

from typing import Protocol

from crawler.model import (
    Comparison,
    Entry,
    Extraction,
    FeedDocument,
    Frame,
    Page,
)


class Workers(Protocol):
    """Processes in which foreign bytes are parsed; a document can kill only its own worker."""

    async def read_feed(self, page: Page, *, feed_name: str) -> FeedDocument:
        """Read a feed's bytes; raises ``NotAFeed`` or ``WorkerFailed``."""
        ...

    async def read_page(self, page: Page, *, want_date: bool) -> Extraction:
        """Extract the article of a page; raises ``NoArticle`` or ``WorkerFailed``.

        ``want_date`` asks for the costly search of the whole page for a date.
        """
        ...

    async def read_entry(self, entry: Entry) -> Extraction | None:
        """Extract an article from the feed's own content; None when it has no prose."""
        ...

    async def draw_qrcode(self, target: str) -> bytes:
        """A WebP image of a QR code that leads to ``target``."""
        ...

    async def compare(self, before: bytes, after: bytes, *, known: tuple[str, ...] = ()) -> Comparison:
        """What two files of one article say of each other; raises ``DocumentError`` or ``WorkerFailed``.

        ``known``: the lines that the later one was read without, for they stand on all pages of its host.
        """
        ...


class Frames(Protocol):
    """What was learnt of hosts from their pages."""

    async def frame(self, host: str) -> Frame:
        """The lines that recur on a host's pages (``urls.politeness_key``); an empty one for a new host."""
        ...
