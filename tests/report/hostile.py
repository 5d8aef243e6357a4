"""Titles, addresses, names and errors that try to steer a terminal or to forge a line, and who notices."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from crawler.model import (
    Captured,
    DueItem,
    Entry,
    Failed,
    Feed,
    FeedDocument,
    FeedInfo,
    FeedState,
    OlderPage,
    PageRead,
    Polled,
)

NOON = datetime(2025, 2, 26, 12, tzinfo=UTC)
STAMP = "2025-02-26T12:00:00Z"

#: Each a way to do harm; the letters behind the sign are there to be found again.
PAYLOADS = {
    "line feed": "a\nevent=poll feed=forged outcome=changed",
    "carriage return": "a\rforged",
    "both": "a\r\n2025-02-26T12:00:00Z event=forged",
    "colour": "a\x1b[31mforged\x1b[0m",
    "clear": "a\x1b[2J\x1b[H\x1b[3J",
    "title": "a\x1b]0;forged\x07",
    "link": "a\x1b]8;;https://evil.example/\x1b\\forged\x1b]8;;\x1b\\",
    "device": "a\x1bP$q\x1b\\\x1b[c\x1b[6n\x05",
    "bell": "a\x07\x08\x08forged",
    "C1 control": "a\x9b31mforged\x9d8;;https://evil.example/\x9c",
    "next line": "a\x85forged",
    "line separator": "a\u2028forged\u2029forged",
    "vertical": "a\x0bforged\x0cforged\x1c\x1d\x1eforged",
    "override": "a\u202egnp.\u202cexe",
    "isolate": "a\u2066forged\u2069\u2067x\u200e\u200f\u061c",
    "NUL": "a\x00forged",
    "delete": "a\x7f\x7fforged",
    "surrogate": "a\ud800forged\udfff",
    "markup": "a[bold red]forged[/][link=https://evil.example/]x[/link]",
    "closing markup": "[/] \\[/] [/bold]\\",
    "logfmt": 'a" event=forged feed="x',
    "quotes": '\\" \\\\" = \' "',
}

#: What may stand in nothing that a person or a line reader is shown.
STEERING = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
#: What rich itself writes around bars: cursor, erased lines, carriage returns.
_OWN = re.compile(r"\x1b\[\?25[lh]|\x1b\[\d*[A-GK]|\r")


@dataclass
class Screen:
    """A console whose output can be looked through."""

    terminal: bool

    def __post_init__(self) -> None:
        self.stream = io.StringIO()
        self.console = Console(
            file=self.stream, force_terminal=self.terminal, width=120, color_system=None, highlight=False, legacy_windows=False
        )  # fmt: skip

    def text(self) -> str:
        """All of it, without what rich writes by itself."""
        return _OWN.sub("", self.stream.getvalue())

    def assert_inert(self) -> None:
        """Nothing steers, and all of it can be written to any stream."""
        text = self.text()
        assert text
        assert not STEERING.search(text), ascii(STEERING.findall(text))
        text.encode()


def feed(text: str) -> Feed:
    return Feed(id=1, name=text, url=f"https://wire.example/{text}", source=text, source_key="wire")


def item(text: str) -> DueItem:
    entry = Entry(key=text, position=0, title=text, source_link=f"https://wire.example/{text}?token=x")
    return DueItem(item_id=7, feed=feed(text), entry=entry, first_seen=NOON)


def outcomes(text: str) -> list[Any]:
    """Every kind of outcome, hostile wherever it holds text."""
    state = FeedState(next_poll_at=NOON)
    polled = {"feed": feed(text), "at": NOON, "state": state, "error": text, "error_kind": text}
    return [
        Polled(outcome="failed", **polled),
        Polled(outcome="changed", document=FeedDocument(info=FeedInfo(format=text), entries=()), **polled),
        Captured(item=item(text), at=NOON, outcome="fallback", article_id=3, error=text, error_kind=text),
        Failed(item=item(text), at=NOON, stage=text, error=text, error_kind=text, retry_at=NOON),
    ]


def older(text: str, *, failed: bool) -> PageRead:
    page = OlderPage(feed=feed(text), url=f"https://wire.example/{text}", archived=False)
    document = None if failed else FeedDocument(info=FeedInfo(format="rss20"), entries=(item(text).entry,))
    return PageRead(page=page, at=NOON, document=document, error=text, error_kind=text)


def fetch(text: str) -> dict[str, Any]:
    return {
        "url": text, "error": text, "status": 200, "bytes": 7, "seconds": 0.1, "peer": text, "number": 2, "hop": 1, "location": text,
    }  # fmt: skip


def chain(text: str) -> dict[str, Any]:
    """Everything that provenance tells of an article."""
    extraction = {
        "extractor": text, "at": STAMP, "page_url": text, "page_sha256": text, "title_from": text, "date_from": text, "charset": text,
        "charset_from": text, "ok": False, "reasons": [text], "body_from": text, "tools": text, "frame_pages": 9,
        "removed": [{"text": text, "reason": text}], "ruled": [[text], [text]],
    }  # fmt: skip
    field = {
        "field": text, "source": text, "rule": text, "value": text, "note": text, "losers": [{"source": text, "value": text + "x", "note": text}],
    }  # fmt: skip
    file = {"path": text, "size": 7, "sha256": text, "on_disk": text}
    return {
        "article": {"id": 1, "title": text},
        "feed": {"name": text, "source": text, "url": text},
        "polls": [{"id": 1, "feed": text, "at": STAMP, "outcome": text, "bytes": 7, "sha256": text, "fetches": [fetch(text)]}],
        "item": {
            "id": 1, "title": text, "key": text, "guid": text, "link": text, "source_link": text, "published_raw": text,
            "first_seen": STAMP, "state": text,
        },
        "sightings": [{"feed": text, "position": 1, "first_seen": text, "last_seen": text}],
        "captures": [{"id": 1, "at": STAMP, "outcome": text, "error": text, "error_kind": text, "fetches": [fetch(text)]}],
        "revisions": [
            {
                "number": 1, "reason": text, "origin": text, "state": text, "extraction": extraction, "fields": [field],
                "files": {text: file},
            }
        ],
    }  # fmt: skip


def feed_row(text: str) -> dict[str, Any]:
    return {
        "name": text, "enabled": True, "last_poll": STAMP, "last_answer": STAMP, "next_poll": STAMP, "interval_seconds": 900.0,
        "failures": 1, "archived": 12, "items": 14, "possible_gaps": 0, "newest_item_seen": STAMP, "fresh_p50": 95.0,
        "last_error": text, "moved_to": text, "silent": True, "lying": True, "gone": True, "not_before": "2026-02-26T12:00:00Z",
    }  # fmt: skip


def host_row(text: str) -> dict[str, Any]:
    return {
        "host": text, "next_allowed_at": STAMP, "paused": True, "paused_until": STAMP, "pause_status": text, "request_failures": 3,
        "delay_seconds": 1.5, "feeds": 2, "items_pending": 7,
        "robots": [{"origin": text, "status": text, "closed": False, "fetched_at": STAMP},
                   {"origin": text, "status": None, "closed": True, "failure": text, "fetched_at": STAMP}],
    }  # fmt: skip


def subscription_row(text: str) -> dict[str, Any]:
    return {
        "feed": text, "hub": text, "topic": text, "state": text, "lease_until": STAMP, "next_at": STAMP, "last_push_at": STAMP,
        "pushes": 1, "forged": 2, "failures": 3, "note": text,
    }  # fmt: skip
