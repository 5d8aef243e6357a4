"""What ``inspect`` shows may be copied into a ticket: keys and passwords of addresses are not in it."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from crawler.config import Config, FeedConfig
from crawler.report import health, inspect, provenance

SECRET = "https://user:canary@wire.example/feed?page=2&token=canary"
SHOWN = "https://wire.example/feed?page=2&token=***"
NOON = datetime(2025, 2, 26, 12, tzinfo=UTC)
STAMP = "2025-02-26T12:00:00Z"


def fetch() -> dict[str, Any]:
    return {
        "url": SECRET, "error": None, "status": 200, "bytes": 7, "seconds": 0.1, "peer": None, "number": 1, "hop": 0,
    }  # fmt: skip


def chain() -> dict[str, Any]:
    extraction = {
        "extractor": "x", "at": STAMP, "page_url": SECRET, "title_from": "h1", "ok": True, "reasons": [],
    }  # fmt: skip
    return {
        "article": {"id": 1, "title": "Plant opens"},
        "feed": {"name": "wire", "source": "Wire", "url": SECRET},
        "polls": [
            {"id": 1, "feed": "wire", "at": STAMP, "outcome": "changed", "bytes": 7, "sha256": None, "fetches": [fetch()]}
        ],
        "item": {"id": 1, "title": None, "key": "k", "link": SECRET, "source_link": SECRET, "state": "done"},
        "sightings": [],
        "captures": [{"id": 1, "at": STAMP, "outcome": "archived", "fetches": [fetch()]}],
        "revisions": [
            {"number": 1, "reason": "new", "origin": "page", "state": "written", "extraction": extraction, "fields": [], "files": {}}
        ],
    }  # fmt: skip


def test_provenance_shows_addresses_without_their_secrets() -> None:
    stream = io.StringIO()
    provenance.print_chain(chain(), Console(file=stream))
    assert "canary" not in stream.getvalue()
    assert stream.getvalue().count(SHOWN) == 6
    assert "title from h1" in stream.getvalue()


def test_the_health_of_feeds_repeats_no_secret_of_an_error() -> None:
    row = {
        "name": "wire", "enabled": True, "last_answer": STAMP, "next_poll": STAMP, "interval_seconds": 60.0,
    }  # fmt: skip
    rows = health.feeds([{**row, "last_error": f"{SECRET}: closed"}, {**row, "last_error": None}], NOON).rows
    assert [one["note"] for one in rows] == [f"{SHOWN}: closed", ""]


def test_failures_repeat_no_secret_of_an_error() -> None:
    listing = inspect.failures([{"error": f"{SECRET}: closed\nfor now", "retry_at": None}], NOON)
    assert listing.rows[0]["error"] == f"{SHOWN}: closed for now"


def test_the_list_of_feeds_shows_no_secret() -> None:
    config = Config(feeds=(FeedConfig(name="wire", url=SECRET, source="Wire"),))
    assert inspect.configured(config).rows[0]["url"] == SHOWN
