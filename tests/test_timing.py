"""crawler.timing: polls, tries, visits, and what headers say of time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

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
from crawler.model import FeedState, Validators
from crawler.timing import (
    DAY,
    MONTH,
    PollFacts,
    PollPolicy,
    RetryPolicy,
    after_poll,
    first_poll_at,
    freshness,
    overflowed,
    retry_after,
    retry_at,
    retry_wait,
)

NOW = datetime(2026, 3, 9, 8, 5, tzinfo=UTC)  # a Monday
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
POLICY = PollPolicy(floor=5 * MINUTE, ceiling=DAY, initial=15 * MINUTE)
ITEMS = tuple(f"item-{number}" for number in range(100))
JITTER = 1.1  # a wait is lengthened by a tenth at most


def state(**changes: object) -> FeedState:
    values = {"next_poll_at": NOW, "interval": HOUR, "window": ITEMS[:20]}
    return FeedState(**(values | changes))  # type: ignore[arg-type]


def facts(**changes: object) -> PollFacts:
    return PollFacts(**({"now": NOW, "outcome": "unchanged"} | changes))  # type: ignore[arg-type]


def changed(new: int, of: int = 20, **changes: object) -> PollFacts:
    """A poll of a window of ``of`` items whose first ``new`` ones are new."""
    keys = tuple(f"new-{number}" for number in range(new)) + ITEMS[: of - new]
    return facts(outcome="changed", keys=keys, **changes)


def poll(before: FeedState, what: PollFacts, policy: PollPolicy = POLICY) -> FeedState:
    return after_poll(before, what, policy, seed="https://wire.example/feed")


def wait_after(before: FeedState, what: PollFacts, policy: PollPolicy = POLICY) -> timedelta:
    return poll(before, what, policy).next_poll_at - what.now


# --------------------------------------------------------------------------- the interval


@pytest.mark.parametrize(
    ("new", "factor"),
    [(0, 1.25), (6, 1.25), (7, 1.0), (13, 1.0), (14, 0.75), (17, 0.75), (18, 0.75), (20, 0.5)],
)
def test_the_share_of_known_items_sets_the_pace(new: int, factor: float) -> None:
    assert poll(state(), changed(new)).interval == HOUR * factor


def test_a_possible_gap_halves_the_interval_even_behind_a_pinned_item() -> None:
    pinned = (ITEMS[0], *(f"new-{number}" for number in range(19)))
    assert poll(state(), facts(outcome="changed", keys=pinned)).interval == HOUR / 2


def test_an_unchanged_feed_is_asked_a_little_later_each_time_up_to_the_ceiling() -> None:
    now, waits = state(interval=POLICY.floor), []
    for _ in range(60):
        now = poll(now, facts(now=now.next_poll_at))
        waits.append(now.interval or timedelta(0))
    assert all(one <= other <= one * 1.25 for one, other in pairwise(waits))
    assert waits[-1] == DAY


def test_a_busy_feed_is_asked_sooner_down_to_the_floor() -> None:
    now = state(interval=DAY)
    for number in range(40):
        keys = tuple(f"{number}-{place}" for place in range(20))
        now = poll(now, facts(now=now.next_poll_at, outcome="changed", keys=keys))
    assert now.interval == POLICY.floor


@pytest.mark.parametrize("an_hour", [0.5, 2, 10, 40])
def test_a_steady_wire_is_asked_often_enough_to_lose_nothing(an_hour: float) -> None:
    """A window of 20 items, newest first, over a month; the interval has to find its place."""
    now, asked, gaps, published = state(interval=None, window=(), next_poll_at=NOW), 0, 0, 0
    while now.next_poll_at < NOW + MONTH:
        moment = now.next_poll_at
        published = int((moment - NOW) / HOUR * an_hour) + 20
        keys = tuple(str(number) for number in range(published, published - 20, -1))
        what = facts(now=moment, outcome="unchanged" if keys == now.window else "changed", keys=keys)
        gaps += overflowed(now.window, keys)
        now, asked = poll(now, what), asked + 1
    window_lasts = 20 / an_hour * HOUR
    assert gaps == 0
    assert asked >= MONTH / window_lasts
    assert asked <= max(MONTH / POLICY.floor, 12 * MONTH / window_lasts)


def test_the_first_interval_is_the_configured_one() -> None:
    assert poll(state(interval=None, window=()), changed(20)).interval == POLICY.initial


def test_a_window_that_spans_little_time_is_asked_sooner_from_the_start() -> None:
    half_an_hour = tuple(NOW - number * MINUTE for number in range(31))
    fresh = state(interval=None, window=())
    assert poll(fresh, changed(20, published=half_an_hour)).interval == 10 * MINUTE
    assert poll(fresh, changed(20, published=(NOW, NOW))).interval == POLICY.floor
    assert poll(fresh, changed(20, published=(NOW, NOW - 400 * DAY))).interval == POLICY.initial
    assert poll(fresh, changed(20, published=(NOW,))).interval == POLICY.initial


def test_an_own_floor_above_the_ceiling_wins() -> None:
    policy = PollPolicy(floor=2 * DAY, ceiling=DAY, initial=15 * MINUTE)
    assert wait_after(state(), facts(), policy) >= 2 * DAY
    assert wait_after(state(), facts(outcome="failed"), policy) >= 2 * DAY
    assert wait_after(state(), facts(outcome="failed", ours=True), policy) >= 2 * DAY


# --------------------------------------------------------------------------- hints


def test_the_responses_freshness_is_waited_for_a_month_at_most() -> None:
    assert 3 * DAY <= wait_after(state(), facts(max_age=3 * DAY)) <= 3 * DAY * JITTER
    assert MONTH <= wait_after(state(), facts(max_age=timedelta(days=10_000))) <= MONTH * JITTER
    assert poll(state(), facts(max_age=3 * DAY)).interval == HOUR * 1.2, (
        "a header of one response is not learned"
    )


def test_ttl_is_a_hint_up_to_the_ceiling() -> None:
    assert poll(state(), changed(1, ttl=3 * HOUR)).interval == 3 * HOUR
    assert poll(state(), changed(1, ttl=timedelta.max)).interval == POLICY.ceiling
    assert poll(state(), changed(1, ttl=MINUTE)).interval == HOUR * 1.25


def test_ttl_is_not_followed_into_a_gap() -> None:
    assert poll(state(), changed(20, ttl=DAY)).interval == HOUR / 2


def test_skipped_hours_are_waited_out() -> None:
    moment = poll(state(), changed(1, skip_hours=(9, 10, 11, 24, 99, -1))).next_poll_at
    assert NOW.replace(hour=12, minute=0) <= moment < NOW.replace(hour=13, minute=0)


def test_skipped_days_are_waited_out() -> None:
    moment = poll(state(), changed(1, skip_days=(" monday", "Tuesday", "Caturday"))).next_poll_at
    assert moment.date() == (NOW + 2 * DAY).date()
    assert moment.hour == 0


def test_a_feed_that_skips_every_hour_or_day_skips_none() -> None:
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    plain = poll(state(), changed(1))
    assert poll(state(), changed(1, skip_hours=tuple(range(25)))) == plain
    assert poll(state(), changed(1, skip_days=days)) == plain


def test_hour_24_is_midnight() -> None:
    late = NOW.replace(hour=23, minute=10)
    moment = poll(state(), changed(1, now=late, skip_hours=(24,))).next_poll_at
    assert moment.hour == 1


# --------------------------------------------------------------------------- failures


def test_failures_back_off_doubling_to_a_day_and_never_stop() -> None:
    now, waits = state(interval=HOUR), []
    for _ in range(2000):
        moment = now.next_poll_at
        now = poll(now, facts(now=moment, outcome="failed"))
        waits.append((now.next_poll_at - moment) / HOUR)
    assert [round(wait / waits[0]) for wait in waits[:5]] == [1, 2, 4, 8, 16]
    assert all(24 <= wait <= 24 * JITTER for wait in waits[5:])
    assert now.failures == 2000
    assert now.interval == HOUR


def test_a_success_ends_the_back_off() -> None:
    after = poll(state(failures=9), facts())
    assert after.failures == 0
    assert after.next_poll_at <= NOW + HOUR * 1.2 * JITTER


def test_a_failure_forgets_nothing() -> None:
    before = state(validators=Validators(etag='"a"'), body_digest="d" * 64)
    after = poll(before, facts(outcome="failed"))
    assert after == replace(before, failures=1, polled_at=NOW, next_poll_at=after.next_poll_at)


def test_a_failure_of_ours_moves_nothing_but_the_next_moment() -> None:
    before = state(failures=3, polled_at=NOW - DAY)
    after = poll(before, facts(outcome="failed", ours=True))
    assert after == replace(before, next_poll_at=after.next_poll_at)
    assert POLICY.floor <= after.next_poll_at - NOW <= POLICY.floor * JITTER


def test_retry_after_is_obeyed_up_to_a_month() -> None:
    busy = facts(outcome="failed", retry_after=NOW + 6 * HOUR)
    assert 6 * HOUR <= wait_after(state(), busy) <= 6 * HOUR * JITTER
    endless = facts(outcome="failed", retry_after=NOW + timedelta(days=4000))
    assert MONTH <= wait_after(state(), endless) <= MONTH * JITTER
    past = facts(outcome="failed", retry_after=NOW - DAY)
    assert wait_after(state(), past) == wait_after(state(), facts(outcome="failed"))


# --------------------------------------------------------------------------- memory


def test_a_success_remembers_what_the_next_poll_needs() -> None:
    seen = Validators(etag='W/"x"', last_modified="yesterday, or so")
    after = poll(state(failures=2), changed(3, validators=seen, body_digest="e" * 64))
    assert after.validators == seen
    assert after.body_digest == "e" * 64
    assert after.window == changed(3).keys
    assert after.polled_at == NOW
    assert after.failures == 0


def test_an_unchanged_feed_keeps_its_window() -> None:
    assert poll(state(), facts()).window == ITEMS[:20]


def test_a_feed_that_is_empty_for_once_does_not_hide_what_overflows_meanwhile() -> None:
    empty = poll(state(), facts(outcome="changed"))
    assert empty.window == ITEMS[:20]
    assert empty.interval == HOUR
    assert overflowed(empty.window, ITEMS[50:70])


# --------------------------------------------------------------------------- whatever happens

spans = st.timedeltas(timedelta(0), timedelta(days=400))
keys = st.lists(st.sampled_from(ITEMS), max_size=30, unique=True).map(tuple)
moments = st.datetimes(
    datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None),
    datetime(2100, 1, 1, tzinfo=UTC).replace(tzinfo=None),
    timezones=st.just(UTC),
)
all_facts = st.builds(
    PollFacts,
    now=moments,
    outcome=st.sampled_from(["changed", "unchanged", "failed"]),
    keys=keys,
    published=st.lists(moments, max_size=5).map(tuple),
    max_age=st.none() | spans,
    retry_after=st.none() | moments,
    ttl=st.none() | spans,
    skip_hours=st.just(()),
    skip_days=st.just(()),
    ours=st.booleans(),
)
skips = st.fixed_dictionaries(
    {
        "skip_hours": st.lists(st.integers(-5, 30), max_size=30).map(tuple),
        "skip_days": st.lists(st.sampled_from(["Monday", "sunday", "", "Friday", "x"]), max_size=7).map(
            tuple
        ),
    }
)
states = st.builds(
    FeedState,
    next_poll_at=moments,
    interval=st.none() | spans,
    failures=st.integers(0, 10**6),
    window=keys,
)
policies = (
    st.tuples(spans, spans, spans)
    .map(sorted)
    .map(lambda three: PollPolicy(floor=three[0], initial=three[1], ceiling=three[2]))
)


def _cap(what: PollFacts, policy: PollPolicy) -> timedelta:
    """The longest that anything may make a feed wait."""
    longest = max(policy.ceiling, DAY)
    if what.retry_after is not None or what.max_age is not None:
        longest = max(longest, MONTH)
    return longest * JITTER + SECOND


@given(states, all_facts, policies, st.text(max_size=5))
def test_the_next_poll_is_never_too_early_and_never_too_late(
    before: FeedState, what: PollFacts, policy: PollPolicy, seed: str
) -> None:
    wait = after_poll(before, what, policy, seed=seed).next_poll_at - what.now
    assert policy.floor <= wait <= _cap(what, policy)
    if what.retry_after is not None:
        assert wait >= min(what.retry_after - what.now, MONTH)
    if what.max_age is not None and what.outcome != "failed":
        assert wait >= min(what.max_age, MONTH)


@given(states, all_facts, skips, policies)
def test_skipping_moves_a_poll_later_by_eight_days_at_most(
    before: FeedState, what: PollFacts, skipped: dict[str, tuple[str, ...]], policy: PollPolicy
) -> None:
    plain = poll(before, what, policy).next_poll_at
    moved = poll(before, replace(what, **skipped), policy).next_poll_at
    assert plain <= moved <= plain + 8 * DAY


@given(states, all_facts, policies)
def test_a_failed_poll_keeps_what_is_remembered(
    before: FeedState, what: PollFacts, policy: PollPolicy
) -> None:
    after = poll(before, replace(what, outcome="failed"), policy)
    assert (after.validators, after.body_digest, after.window, after.interval) == (
        before.validators,
        before.body_digest,
        before.window,
        before.interval,
    )


@given(st.text(st.characters()))
def test_a_feed_has_its_own_stable_moment(seed: str) -> None:
    moment = first_poll_at(seed, NOW, HOUR)
    assert NOW <= moment < NOW + HOUR
    assert moment == first_poll_at(seed, NOW, HOUR)


def test_feeds_do_not_align() -> None:
    names = [f"feed-{number}" for number in range(1000)]
    first = sorted(first_poll_at(name, NOW, HOUR) for name in names)
    assert max(later - earlier for earlier, later in pairwise(first)) < 2 * MINUTE
    again = {after_poll(state(), facts(), POLICY, seed=name).next_poll_at for name in names}
    assert len(again) == len(names)


# --------------------------------------------------------------------------- overflow


@pytest.mark.parametrize(
    ("before", "now", "alarm"),
    [
        ("", "abcde", False),  # nothing to compare with
        ("abcde", "", False),
        ("abcde", "abcde", False),
        ("abcde", "xyabc", False),
        ("abcde", "xyzab", False),
        ("abcde", "xyzwa", False),  # one of the last three is known
        ("abcde", "vwxyz", True),
        ("abcde", "avwxyz", True),  # a is pinned
        ("abcde", "vwabxyz", True),  # reordered
        ("abcde", "z", True),  # shorter than three
        ("a", "z", True),
        ("abcde", "abcdexyz", False),  # oldest first: new ones come at the end
        ("abcde", "deuvxyz", False),
        ("abcde", "uvwxyz", True),
        ("abcde", "evwxyz", True),  # one known item is no order
    ],
)
def test_a_possible_gap_is_told_by_the_last_three_positions(before: str, now: str, alarm: bool) -> None:
    assert overflowed(tuple(before), tuple(now)) is alarm


@given(st.integers(0, 60), st.integers(3, 30))
def test_a_window_of_a_newest_first_feed_alarms_as_soon_as_it_may_have_overflowed(
    new: int, size: int
) -> None:
    before = tuple(range(100, 100 - size, -1))
    now = tuple(str(number) for number in range(100 + new, 100 + new - size, -1))
    assert overflowed(tuple(map(str, before)), now) is (new >= size)


# --------------------------------------------------------------------------- tries within a visit

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


# --------------------------------------------------------------------------- Retry-After

DATE = "Mon, 09 Mar 2026 08:05:00 GMT"


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", 2 * MINUTE),
        (" 120\t", 2 * MINUTE),
        ("0", timedelta(0)),
        ("1.5", 1.5 * SECOND),
        ("-5", timedelta(0)),
        ("34560000", MONTH),  # 400 days
        ("9" * 30, MONTH),
        ("9" * 5000, MONTH),
        ("Mon, 09 Mar 2026 08:15:00 GMT", 10 * MINUTE),
        ("Monday, 09-Mar-26 08:15:00 GMT", 10 * MINUTE),
        ("Mon Mar  9 08:15:00 2026", 10 * MINUTE),
        ("Mon, 09 Mar 2026 10:15:00 +0200", 10 * MINUTE),
        ("Sun, 08 Mar 2026 08:15:00 GMT", timedelta(0)),
        ("Mon, 09 Mar 2099 08:15:00 GMT", MONTH),
    ],
)
def test_retry_after_is_read_and_clamped(value: str, wait: timedelta) -> None:
    assert retry_after(value, DATE, NOW) == NOW + wait
    assert retry_after(value, None, NOW) == NOW + wait


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "  ",
        "1e9",
        "+5",
        "0x10",
        "5 minutes",
        "१२०",
        "²",
        "soon",
        "1_000",
        "inf",
        "nan",
        "--5",
        "5,6",
        "\x00",
    ],
)
def test_a_retry_after_that_is_no_number_is_none(value: str | None) -> None:
    assert retry_after(value, DATE, NOW) is None


@pytest.mark.parametrize(
    "value",
    ["Mon, 99 Mar 2026 08:15:00 GMT", "Mon, ०९ Mar 2026 08:15:00 GMT", "Mon, 09 Mar 99999 08:15:00 GMT"],
)
def test_a_retry_after_that_is_no_date_is_none(value: str) -> None:
    assert retry_after(value, DATE, NOW) is None


def test_a_date_counts_from_the_servers_own_clock() -> None:
    behind = "Mon, 09 Mar 2026 05:00:00 GMT"
    assert retry_after("Mon, 09 Mar 2026 05:10:00 GMT", behind, NOW) == NOW + 10 * MINUTE
    assert retry_after("Mon, 09 Mar 2026 08:15:00 GMT", "rubbish", NOW) == NOW + 10 * MINUTE
    assert retry_after("120", behind, NOW) == NOW + 2 * MINUTE


header = st.text(max_size=40) | st.sampled_from(
    ["9" * 400, "-1", "Mon, 09 Mar 2026", DATE, DATE[:20], "0" * 99]
)


@given(header, header | st.none())
def test_any_retry_after_is_none_or_within_a_month(value: str, date: str | None) -> None:
    moment = retry_after(value, date, NOW)
    assert moment is None or NOW <= moment <= NOW + MONTH


# --------------------------------------------------------------------------- freshness


@pytest.mark.parametrize(
    ("headers", "fresh"),
    [
        ({}, None),
        ({"cache-control": "public"}, None),
        ({"cache-control": "public, max-age=600"}, 10 * MINUTE),
        ({"cache-control": 'Max-Age="600"'}, 10 * MINUTE),
        ({"cache-control": "max-age = 600"}, 10 * MINUTE),
        ({"cache-control": "max-age=600, max-age=5"}, 10 * MINUTE),
        ({"cache-control": "max-age=600", "age": "60"}, 9 * MINUTE),
        ({"cache-control": "max-age=600", "age": "9000"}, timedelta(0)),
        ({"cache-control": "max-age=600", "age": "-5"}, 10 * MINUTE),
        ({"cache-control": "max-age=600", "expires": DATE}, 10 * MINUTE),
        ({"cache-control": "s-maxage=600"}, None),
        ({"cache-control": "max-age=1000000000"}, MONTH),
        ({"cache-control": "max-age=" + "9" * 400}, MONTH),
        ({"cache-control": "max-age=" + "9" * 400, "age": "9" * 400}, timedelta(0)),
        ({"cache-control": "max-age=soon"}, timedelta(0)),
        ({"cache-control": "max-age"}, timedelta(0)),
        ({"cache-control": "max-age=٦٠٠"}, timedelta(0)),
        ({"cache-control": "no-cache, max-age=600"}, timedelta(0)),
        ({"cache-control": "no-store"}, timedelta(0)),
        ({"cache-control": 'private="set-cookie", max-age=60'}, MINUTE),
        ({"cache-control": 'x="no-store, y", max-age=60'}, MINUTE),
        ({"expires": "Mon, 09 Mar 2026 08:15:00 GMT", "date": DATE}, 10 * MINUTE),
        ({"expires": "Mon, 09 Mar 2026 08:15:00 GMT"}, 10 * MINUTE),
        ({"expires": "Mon, 09 Mar 2026 05:15:00 GMT", "date": "Mon, 09 Mar 2026 05:05:00 GMT"}, 10 * MINUTE),
        ({"expires": "Thu, 01 Jan 1970 00:00:00 GMT"}, timedelta(0)),
        ({"expires": "0"}, timedelta(0)),
        ({"expires": "-1"}, timedelta(0)),
        ({"expires": "Fri, 31 Dec 9999 23:59:59 GMT"}, MONTH),
    ],
)
def test_freshness_is_read_and_clamped(headers: dict[str, str], fresh: timedelta | None) -> None:
    assert freshness(headers, NOW) == fresh


@given(st.dictionaries(st.sampled_from(["cache-control", "age", "expires", "date"]), header))
def test_any_freshness_is_none_or_within_a_month(headers: dict[str, str]) -> None:
    fresh = freshness(headers, NOW)
    assert fresh is None or timedelta(0) <= fresh <= MONTH
