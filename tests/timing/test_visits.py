"""crawler.timing.visits: tries within one visit, visits to one page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import (
    ArchiveError,
    BadCoding,
    BadRedirect,
    BadStatus,
    CrawlError,
    HostPaused,
    NoArticle,
    NotAFeed,
    Refused,
    StoreError,
    TooLarge,
    Truncated,
    Unreachable,
    WorkerFailed,
)
from crawler.timing import DAY, MONTH, RetryPolicy, retry_at, retry_wait

NOW = datetime(2026, 3, 9, 8, 5, tzinfo=UTC)  # a Monday
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)

TRIES = RetryPolicy(attempts=4, wait=SECOND, wait_max=20 * SECOND)
GONE = BadStatus("410", status=410)
MISSING = BadStatus("404", status=404)
BUSY = BadStatus("503", status=503)


def busy_for(wait: timedelta) -> BadStatus:
    return BadStatus("429", status=429, retry_after=NOW + wait)


def test_waits_double_up_to_the_longest() -> None:
    many = replace(TRIES, attempts=100)
    waits = [retry_wait(number, many, Unreachable("reset"), 0.0) for number in range(1, 9)]
    assert waits == [seconds * SECOND for seconds in (1, 2, 4, 8, 16, 20, 20, 20)]
    assert retry_wait(99, many, Unreachable("reset"), 1.0) == 20 * SECOND


def test_jitter_adds_up_to_as_much_again() -> None:
    assert retry_wait(2, TRIES, Truncated("cut"), 0.5) == 3 * SECOND
    assert retry_wait(2, TRIES, Truncated("cut"), 1.0) == 4 * SECOND


def test_the_last_try_is_the_last() -> None:
    assert retry_wait(3, TRIES, BUSY, 0.0) is not None
    assert retry_wait(4, TRIES, BUSY, 0.0) is None
    assert retry_wait(1, replace(TRIES, attempts=1), BUSY, 0.0) is None


@pytest.mark.parametrize(
    "error",
    [Refused("no"), TooLarge("big"), BadCoding("?"), BadRedirect("loop"), MISSING, GONE, StoreError("disk")],
    ids=lambda error: error.kind,
)
def test_what_does_not_pass_by_itself_is_not_tried_again(error: CrawlError) -> None:
    assert retry_wait(1, TRIES, error, 0.0) is None


def test_a_short_retry_after_is_waited_for_and_a_long_one_ends_the_visit() -> None:
    assert retry_wait(1, TRIES, busy_for(7 * SECOND), 0.0, now=NOW) == 7 * SECOND
    assert retry_wait(1, TRIES, busy_for(20 * SECOND), 0.0, now=NOW) == 20 * SECOND
    assert retry_wait(1, TRIES, busy_for(21 * SECOND), 0.0, now=NOW) is None
    assert retry_wait(3, TRIES, busy_for(-HOUR), 0.0, now=NOW) == 4 * SECOND
    assert retry_wait(1, TRIES, busy_for(SECOND), 0.0) is None, "without a clock nothing can be promised"


@given(st.integers(1, 10**9), st.floats(0, 1))
def test_a_wait_within_a_visit_is_within_its_bounds(number: int, jitter: float) -> None:
    wait = retry_wait(number, replace(TRIES, attempts=10**10), BUSY, jitter)
    assert wait is not None
    assert SECOND <= wait <= 20 * SECOND


# --------------------------------------------------------------------------- visits


def visits(error: CrawlError, limit: int = 10) -> list[timedelta]:
    waits = []
    while (moment := retry_at(len(waits), error, NOW, limit=limit)) is not None and len(waits) < 50:
        waits.append(moment - NOW)
    return waits


@pytest.mark.parametrize("error", [NoArticle("stub"), NotAFeed("wall"), Unreachable("reset"), BUSY])
def test_an_item_is_visited_at_growing_distances_up_to_the_limit(error: CrawlError) -> None:
    assert visits(error) == [
        5 * MINUTE,
        15 * MINUTE,
        HOUR,
        4 * HOUR,
        12 * HOUR,
        DAY,
        2 * DAY,
        2 * DAY,
        2 * DAY,
    ]
    assert len(visits(error, limit=3)) + 1 == 3
    assert visits(error, limit=1) == []


@pytest.mark.parametrize("error", [GONE, Refused("private"), TooLarge("big"), WorkerFailed("killed")])
def test_a_permanent_failure_is_not_visited_again(error: CrawlError) -> None:
    assert visits(error) == []


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_page_that_is_missing_or_behind_a_wall_gets_a_few_visits(status: int) -> None:
    error = BadStatus(str(status), status=status)
    assert visits(error) == [5 * MINUTE, 15 * MINUTE, HOUR]
    assert len(visits(error, limit=2)) + 1 == 2


@pytest.mark.parametrize("error", [ArchiveError("full"), StoreError("locked")])
def test_a_failure_of_ours_comes_back_soon_and_without_end(error: CrawlError) -> None:
    assert retry_at(10**6, error, NOW, limit=3) == NOW + 5 * MINUTE


@pytest.mark.parametrize(
    ("until", "wait"),
    [(30 * SECOND, 30 * SECOND), (-SECOND, timedelta(0)), (400 * DAY, MONTH), (None, 5 * MINUTE)],
)
def test_a_silence_that_a_host_asked_for_is_kept_to_its_end_and_no_longer(
    until: timedelta | None, wait: timedelta
) -> None:
    error = HostPaused("silence", status=429, retry_after=None if until is None else NOW + until)
    assert retry_at(10**6, error, NOW, limit=3) == NOW + wait


def test_a_later_retry_after_wins_up_to_a_month() -> None:
    assert retry_at(0, busy_for(HOUR), NOW, limit=5) == NOW + HOUR
    assert retry_at(0, busy_for(SECOND), NOW, limit=5) == NOW + 5 * MINUTE
    assert retry_at(0, busy_for(400 * DAY), NOW, limit=5) == NOW + MONTH
    assert retry_at(4, busy_for(HOUR), NOW, limit=5) is None
