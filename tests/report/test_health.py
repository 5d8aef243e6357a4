"""How feeds and hosts are doing, told to a person: every oddity in words, readable at 80 columns."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from crawler.model import FeedTally, Resting
from crawler.report import health, inspect, tally
from crawler.report.listing import Listing, print_json

NOON = datetime(2025, 2, 26, 12, tzinfo=UTC)
SECRET = "https://user:canary@wire.example/feed?page=2&token=canary"


def stamp(**ago: float) -> str:
    return (NOON - timedelta(**ago)).isoformat().replace("+00:00", "Z")


def feed(**changes: Any) -> dict[str, Any]:
    return {
        "name": "orbit", "enabled": True, "last_poll": stamp(minutes=5), "last_answer": stamp(minutes=5),
        "next_poll": stamp(minutes=-10), "interval_seconds": 900.0, "failures": 0, "archived": 12, "items": 14,
        "possible_gaps": 0, "newest_item_seen": stamp(days=9), "fresh_p50": 95.0, "last_error": None,
    } | changes  # fmt: skip


def host(**changes: Any) -> dict[str, Any]:
    return {
        "host": "www.orbitwire.example", "next_allowed_at": stamp(seconds=-4), "paused": False,
        "paused_until": None, "pause_status": 0, "request_failures": 0, "delay_seconds": 1.5, "feeds": 2,
        "items_pending": 7, "robots": [],
    } | changes  # fmt: skip


def at_80(listing: Listing) -> str:
    stream = io.StringIO()
    Console(file=stream, width=80, highlight=False).print(listing.table(80))
    assert max(map(len, stream.getvalue().splitlines())) <= 80
    return stream.getvalue()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ""),
        ({"gone": True}, "gone (410, confirmed): asked once a month"),
        ({"moved_to": SECRET}, "moved to https://wire.example/feed?page=2&token=***: change its url in the"),
        ({"silent": True}, "silent: its newest item came 9.0 d ago, longer than it ever paused"),
        ({"lying": True, "no_validators": True}, "its validators hide news: fetched whole"),
        ({"no_validators": True}, "no validators: every poll is a whole fetch"),
        ({"not_before": stamp(hours=-2), "failures": 1}, "its server asks us to wait 2.0 h more"),
        ({"not_before": stamp(hours=-2)}, ""),
        (
            {"last_error": f"{SECRET}: answered 404"},
            "https://wire.example/feed?page=2&token=***: answered 404",
        ),
    ],
)
def test_what_is_odd_about_a_feed_is_said_with_its_cure(changes: dict[str, Any], said: str) -> None:
    [row] = health.feeds([feed(**changes)], NOON).rows
    assert row["note"].startswith(said)
    assert bool(row["note"]) == bool(said)


def test_a_feeds_times_are_told_from_now() -> None:
    gone, never = health.feeds(
        [feed(enabled=False), feed(last_answer=None, next_poll=stamp(minutes=1))], NOON
    ).rows
    assert (gone["last"], gone["next"], gone["every"], gone["fresh"]) == (
        "5.0 min ago",
        "removed",
        "15 min",
        "1.6 min",
    )
    assert (never["last"], never["next"]) == ("never", "due")


def test_feeds_hosts_and_freshness_are_readable_at_80_columns() -> None:
    shown = at_80(health.feeds([feed(name="a-feed-with-a-name", moved_to=SECRET, failures=3)], NOON))
    assert all(word in shown for word in ("a-feed-with-a-name", "in 10 min", "change", "configuration"))
    shown = at_80(health.hosts([host(paused=True, paused_until=stamp(minutes=-3), pause_status=429)], NOON))
    assert "3.0 min more: it answered 429" in shown
    measures = ("published to seen", "published to archived", "seen to archived")
    rows = [
        {
            "feed": "orbit",
            "measure": name,
            "items": 3,
            "p50": 61.0,
            "p90": 7200.0,
            "p99": 7200.0,
            "longest": 9e4,
        }
        for name in measures
    ]
    assert all(
        word in at_80(health.freshness(rows)) for word in ("found p50", "kept p50", "1.0 min", "1.0 d")
    )


def test_a_host_that_is_left_alone_says_why_and_its_robots_how_old() -> None:
    robots = [
        {
            "origin": "https://a",
            "fetched_at": stamp(hours=2),
            "status": 200,
            "closed": False,
            "failure": None,
        },
        {
            "origin": "http://a",
            "fetched_at": stamp(minutes=2),
            "status": None,
            "closed": True,
            "failure": "503",
        },
    ]
    failing = host(
        paused=True, paused_until=stamp(minutes=-3), request_failures=5, robots=robots, delay_seconds=None
    )
    rows = health.hosts([failing, host(next_allowed_at=None)], NOON).rows
    assert rows[0]["paused"] == "3.0 min more: it kept failing"
    assert rows[0]["robots"] == "200, 2.0 h ago; closed for now (503), 2.0 min ago"
    assert (rows[1]["next"], rows[1]["paused"], rows[1]["delay"]) == ("at any time", "", "1.5 s")


def test_freshness_by_day_has_a_row_a_day() -> None:
    row = {
        "feed": "orbit",
        "measure": "published to seen",
        "items": 1,
        "p50": 1,
        "p90": 1,
        "p99": 1,
        "longest": 1,
    }
    listing = health.freshness([row, row | {"day": "2025-02-26"}])
    assert [one["day"] for one in listing.rows] == ["", "2025-02-26"]
    assert "day" in [column.key for column in listing.columns]
    assert "day" not in [column.key for column in health.freshness([row]).columns]


@pytest.mark.parametrize("secrets", [False, True])
def test_json_shows_the_secrets_of_addresses_only_when_asked(secrets: bool) -> None:
    stream = io.StringIO()
    value = {
        "url": SECRET,
        "polls": [{"error": f"{SECRET}: closed"}],
        "fields": ({"value": SECRET},),
        "seen": 3,
    }
    print_json(value | {"body": "<p>?token=of-a-story</p>"}, Console(file=stream), secrets=secrets)
    told = json.loads(stream.getvalue())
    assert ("canary" in stream.getvalue()) is secrets
    assert told["url"] == (SECRET if secrets else "https://wire.example/feed?page=2&token=***")
    assert (told["body"], told["seen"]) == ("<p>?token=of-a-story</p>", 3)


def test_resting_feeds_stand_in_the_table_and_in_a_line() -> None:
    rests = [Resting(feed=name, until=NOON, why="asked less than 5m ago") for name in "abcd"]
    assert tally.rests(rests[:1]) == ['"a" rests until 2025-02-26T12:00:00Z: asked less than 5m ago']
    mixed = [*rests, Resting(feed="e", until=NOON, why="its server asked to wait")]
    assert tally.rests(mixed) == [
        "5 feeds rest: asked less than 5m ago or its server asked to wait; --json has them"
    ]
    assert tally.rests([]) == []
    listing = tally.tally([FeedTally(feed="a", why={"BadStatus": 2}), FeedTally(feed="z")], rests)
    assert [row["why"] for row in listing.rows] == ["rests until 2025-02-26 12:00 UTC; 2 HTTP error", ""]


def test_the_next_request_waits_for_the_pause_too() -> None:
    paused = host(paused=True, paused_until=stamp(minutes=-3), next_allowed_at=stamp(seconds=-4))
    rows = health.hosts([paused, host(paused_until=stamp(hours=1))], NOON).rows
    assert rows[0]["next"] == "in 3.0 min"
    assert rows[1]["next"] == "in 4 s"
    assert health.hosts([host(next_allowed_at=stamp(seconds=1))], NOON).rows[0]["next"] == "at any time"


def test_in_a_pipe_no_two_columns_of_freshness_have_one_heading() -> None:
    headings = next(iter(health.freshness([]).lines())).split("\t")
    assert len(set(headings)) == len(headings)
    assert {"found p90", "kept max", "work max"} <= set(headings)


def test_a_failure_tells_its_address_once() -> None:
    row = {"url": "https://a.example/x", "error": "https://a.example/x: answered 404", "retry_at": None}
    [shown] = inspect.failures([row], NOON).rows
    assert (shown["error"], shown["address"]) == ("answered 404", "https://a.example/x")
