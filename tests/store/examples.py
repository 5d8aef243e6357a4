"""Invented feeds, entries and outcomes for the store's tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from crawler import urls
from crawler.model import (
    ArchivedFile,
    Attempt,
    Candidate,
    Captured,
    Choice,
    Claim,
    Draft,
    DueItem,
    Enclosure,
    Entry,
    Extraction,
    Failed,
    Feed,
    FeedDocument,
    FeedInfo,
    FeedState,
    Hints,
    Origin,
    Polled,
    Record,
    Validators,
    Verdict,
    sha256,
)

NOON = datetime(2025, 2, 26, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def feed(name: str = "orbit", *, host: str = "feeds.orbitwire.example", **changes: Any) -> Feed:
    given = {
        "id": 0,
        "name": name,
        "url": f"https://{host}/{name}.xml",
        "source": "Orbit Wire",
        "source_key": "orbitwire",
    }
    return Feed(**(given | changes))


def entry(number: int = 1, *, host: str = "www.orbitwire.example", **changes: Any) -> Entry:
    given = {
        "key": f"guid:{number}",
        "position": number,
        "guid": f"urn:orbit:{number}",
        "link": f"https://{host}/release/{number}?utm_source=rss",
        "source_link": f"https://{host}/release/{number}",
        "title": f"Lumen Harbor opens berth {number} — „größer“ 日本",
        "published": NOON - timedelta(minutes=number),
        "published_raw": "Wed, 26 Feb 2025 11:59:00 GMT",
        "summary": "<p>A summary.</p>",
        "content": None,
        "author": "Lumen Harbor Press Desk",
        "language": "en",
        "categories": ("ports", "trade"),
        "enclosures": (Enclosure(url=f"https://{host}/{number}.jpg", type="image/jpeg", length=12),),
    }
    return Entry(**(given | changes))


def addressed(*numbers: int, **changes: Any) -> tuple[Entry, ...]:
    """Entries that their links tell apart, as most feeds have them."""
    told = entries(*numbers, **changes)
    return tuple(replace(one, key=f"url:{urls.identity(one.source_link or '')}") for one in told)


def entries(*numbers: int, **changes: Any) -> tuple[Entry, ...]:
    return tuple(replace(entry(number, **changes), position=place) for place, number in enumerate(numbers))


def attempt(url: str = "https://www.orbitwire.example/release/1", **changes: Any) -> Attempt:
    given = {
        "url": url,
        "started_at": NOON,
        "number": 1,
        "status": 200,
        "wire_bytes": 4321,
        "seconds": 0.25,
        "peer": "192.0.2.7",
    }
    return Attempt(**(given | changes))


def polled(
    feed: Feed,
    told: Sequence[Entry] | None = None,
    *,
    at: datetime = NOON,
    next_poll: datetime | None = None,
    window: Sequence[str] = (),
    outcome: Literal["changed", "unchanged", "failed"] | None = None,
    **changes: Any,
) -> Polled:
    """A poll: changed with the entries told, else unchanged (or as ``outcome`` says)."""
    keys = tuple(window) if told is None else tuple(one.key for one in told)
    body = repr(told).encode("utf-8", "replace")
    state = FeedState(
        next_poll_at=next_poll or at + HOUR,
        validators=Validators(etag=f'W/"{sha256(body)[:8]}"', last_modified="Wed, 26 Feb 2025 12:00:00 GMT"),
        body_digest=sha256(body),
        interval=HOUR,
        polled_at=at,
        window=keys,
        hints=Hints(ttl=HOUR if told is not None else None),
    )
    given = {
        "feed": feed,
        "at": at,
        "outcome": outcome or ("unchanged" if told is None else "changed"),
        "state": state,
        "status": 304 if told is None else 200,
        "attempts": (attempt(feed.url),),
        "document": None
        if told is None
        else FeedDocument(info=FeedInfo(format="rss20", title="Orbit Wire", ttl=HOUR), entries=tuple(told)),
        "body_digest": sha256(body),
        "body_bytes": len(body),
    }
    return Polled(**(given | changes))


def choices(**values: str) -> tuple[Choice, ...]:
    names = ("title", "date", "summary", "description", "source_link", "enclosure", "body", "source")
    loser = Candidate(source="page.og:title", value="Another headline", note="shorter")
    return tuple(
        Choice(
            field=name,
            winner=Candidate(source=f"feed.{name}", value=values.get(name, f"the {name}")),
            rule="the feed's own comes first",
            losers=(loser,),
        )
        for name in names
    )


def draft(item: DueItem, **changes: Any) -> Draft:
    given = {
        "title": item.entry.title or "",
        "date": item.entry.published or NOON,
        "draft": False,
        "summary": "<p>A summary.</p>",
        "description": "A description.",
        "source_link": item.entry.source_link or "",
        "enclosure": "https://www.orbitwire.example/banner.jpg",
        "source": item.feed.source,
        "source_key": item.feed.source_key,
        "slug": f"2025-02-26-release-{item.item_id}",
        "body": "<p>A body.</p>",
    }
    given |= changes
    return Draft(**({"choices": choices(source_link=given["source_link"])} | given))


def record(item: DueItem, claim: Claim, drafted: Draft | None = None, **changes: Any) -> Record:
    body = f"{claim.url} {claim.revision}"
    origin = changes.get("origin", Origin.PAGE)
    given = {
        "claim": claim,
        "item_id": item.item_id,
        "draft": drafted or draft(item),
        "document": ArchivedFile(
            path=f"content/orbitwire/2025/02/{claim.url}.md", digest=sha256(body.encode()), size=len(body)
        ),
        "qrcode": ArchivedFile(
            path=f"static/orbitwire/qrcode/252/26/{claim.code}.webp", digest=sha256(b"qr"), size=2
        ),
        "origin": origin,
        "verdict": Verdict(ok=origin is Origin.PAGE, reasons=() if origin is Origin.PAGE else ("empty",)),
        "reason": "first" if claim.revision == 1 else "captured again",
        "extraction": Extraction(
            origin=origin,
            body="<p>A body.</p>",
            text="A body.",
            charset="utf-8",
            charset_from="header",
            extractor="trafilatura 2.3.1",
            title_from="h1",
            date_from="meta",
            language="en",
        ),
        "page_url": item.entry.source_link,
        "page_digest": sha256(b"page"),
        "fetched_at": NOON,
    }
    return Record(**(given | changes))


def captured(item: DueItem, article_id: int, **changes: Any) -> Captured:
    hops = (attempt(number=1, status=503, error="BadStatus: 503"), attempt(number=2))
    given = {"item": item, "at": NOON, "outcome": "archived", "article_id": article_id, "attempts": hops}
    return Captured(**(given | changes))


def failed(item: DueItem, **changes: Any) -> Failed:
    given = {
        "item": item,
        "at": NOON,
        "stage": "fetch",
        "error": "the server answered 503",
        "error_kind": "BadStatus",
        "retry_at": NOON + HOUR,
        "attempts": (attempt(status=503, error="BadStatus: 503"),),
    }
    return Failed(**(given | changes))
