"""Outcomes as log lines, tallies as a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from crawler.model import (
    Captured,
    DueItem,
    Entry,
    Failed,
    Feed,
    FeedState,
    FeedTally,
    PollCount,
    Polled,
)
from crawler.report import tally

NOON = datetime(2025, 2, 26, 12, tzinfo=UTC)
FEED = Feed(id=1, name="acme", url="https://acme.example/f", source="Acme", source_key="acme")
ITEM = DueItem(
    item_id=7,
    feed=FEED,
    entry=Entry(key="k", position=0, source_link="https://acme.example/1"),
    first_seen=NOON,
)


def test_a_poll_is_one_line_with_what_it_brought() -> None:
    polled = Polled(feed=FEED, at=NOON, outcome="changed", state=FeedState(next_poll_at=NOON), status=200)
    assert tally.line(tally.event(polled, PollCount(seen=20, new=3))) == (
        "event=poll feed=acme outcome=changed status=200 seen=20 new=3 bytes=0 next=2025-02-26T12:00:00Z"
    )


def test_a_failed_capture_says_where_why_and_when_again() -> None:
    failed = Failed(
        item=ITEM, at=NOON, stage="fetch", error='"x"\nend=1', error_kind="BadStatus", retry_at=None
    )
    assert tally.line(tally.event(failed, None)) == (
        "event=capture feed=acme outcome=failed item=7 url=https://acme.example/1 stage=fetch retry=never "
        'error="\\"x\\" end=1"'
    )


def test_a_failure_that_will_be_retried_names_the_time() -> None:
    failed = Failed(item=ITEM, at=NOON, stage="fetch", error="e", error_kind="x", retry_at=NOON)
    assert tally.event(failed, None)["retry"] == "2025-02-26T12:00:00Z"


def test_a_capture_names_item_and_article() -> None:
    captured = Captured(item=ITEM, at=NOON, outcome="archived", article_id=9)
    assert tally.event(captured, None)["article"] == 9


@pytest.mark.parametrize(
    "outcome",
    [
        {"kind": Captured, "outcome": "archived", "article_id": 9},
        {"kind": Failed, "stage": "fetch", "error": "e", "error_kind": "x", "retry_at": None},
    ],
)
def test_secrets_of_an_address_do_not_reach_a_log(outcome: dict[str, Any]) -> None:
    entry = replace(ITEM.entry, source_link="https://user:canary@acme.example/1?page=2&token=canary")
    fields = dict(outcome)
    told = tally.event(fields.pop("kind")(item=replace(ITEM, entry=entry), at=NOON, **fields), None)
    assert told["url"] == "https://acme.example/1?page=2&token=***"


def test_an_item_without_an_address_has_none_in_its_line() -> None:
    item = replace(ITEM, entry=replace(ITEM.entry, source_link=None))
    assert "url" not in tally.event(Captured(item=item, at=NOON, outcome="archived", article_id=9), None)


@pytest.mark.parametrize("text", ["a\nb", "a\x1b[0m", "\u2028"])
def test_no_value_breaks_out_of_its_line(text: str) -> None:
    assert len(tally.line({"x": text}).splitlines()) == 1


def test_several_feeds_end_in_a_row_for_all() -> None:
    listing = tally.tally(
        [FeedTally(feed="a", seen=2, new=1, failed=1, why={"BadStatus": 1}), FeedTally(feed="b", seen=3)]
    )
    assert listing.total == {
        "feed": "all feeds", "seen": 5, "new": 1, "archived": 0, "fallback": 0, "failed": 1, "skipped": 0,
    }  # fmt: skip
    assert listing.rows[0]["why"] == "1 HTTP error"
    assert tally.tally([FeedTally(feed="a")]).total == {}
