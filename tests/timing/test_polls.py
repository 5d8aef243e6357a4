"""crawler.timing.polls: what is remembered after a poll, and when the next one is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import (
    BadCoding,
    BadStatus,
    Bug,
    CrawlError,
    NotAFeed,
    Refused,
    TooLarge,
    Truncated,
    Unreachable,
    WorkerFailed,
)
from crawler.model import FeedState, Hints, Validators
from crawler.timing import (
    DAY,
    MONTH,
    PollFacts,
    PollPolicy,
    after_poll,
    failure_weight,
    first_poll_at,
    overflowed,
)
from tests.timing.examples import (
    HOUR,
    ITEMS,
    MINUTE,
    NOW,
    POLICY,
    SECOND,
    SENT,
    changed,
    facts,
    failed,
    poll,
    rhythm,
    state,
    wait_after,
)

JITTER = MINUTE  # the most that is added

# --------------------------------------------------------------------------- the interval


def test_a_busier_feed_is_asked_more_often_by_the_square_root() -> None:
    waits = [
        wait_after(state(rhythm=rhythm(an_hour, minutes=(0.0,) * 60)), facts())
        for an_hour in (0.25, 1.0, 4.0)
    ]
    assert 1.7 < waits[0] / waits[1] < 2.3
    assert 1.7 < waits[1] / waits[2] < 2.3
    assert 50 * MINUTE < waits[2] < 70 * MINUTE, "four items an hour: once an hour"


def test_eagerness_asks_sooner() -> None:
    eager = replace(POLICY, eagerness=2.0)
    assert 1.8 < wait_after(state(), facts()) / wait_after(state(), facts(), eager) < 2.2


def test_a_possible_gap_halves_the_interval_even_behind_a_pinned_item() -> None:
    pinned = (ITEMS[0], *(f"new-{number}" for number in range(19)))
    dates = tuple(NOW - 20 * DAY for _ in pinned)
    after = poll(state(interval=HOUR), changed(0, keys=pinned, published=dates))
    assert after.interval == HOUR / 2
    assert poll(state(interval=None), changed(20)).interval is not None, (
        "without a last interval there is nothing to halve"
    )


def test_a_silent_feed_is_asked_ever_later_up_to_the_ceiling() -> None:
    now, waits = state(rhythm=None, window=(), interval=None, polled_at=None), []
    now = poll(now, changed(3, of=3, published=(None, None, None)))
    for _ in range(60):
        waits.append(now.next_poll_at - (now.polled_at or NOW))
        now = poll(now, facts(now=now.next_poll_at))
    assert waits[0] <= POLICY.initial + JITTER
    assert all(one <= other * 1.02 for one, other in pairwise(waits))
    assert DAY <= waits[-1] <= DAY + JITTER


@pytest.mark.no_cover
@pytest.mark.parametrize("an_hour", [0.5, 2, 10, 40])
def test_a_steady_wire_is_asked_often_enough_to_lose_nothing(an_hour: float) -> None:
    """A window of 20 items, newest first, over a fortnight, learned from nothing."""
    now, asked, gaps, end = FeedState(next_poll_at=NOW), 0, 0, NOW + 14 * DAY
    while now.next_poll_at < end:
        moment = now.next_poll_at
        newest = int((moment - NOW) / HOUR * an_hour) + 20
        numbers = range(newest, newest - 20, -1)
        keys = tuple(map(str, numbers))
        dates = tuple(NOW + (number - 20) / an_hour * HOUR for number in numbers)
        same = keys == now.window
        what = facts(now=moment, keys=keys, published=dates, outcome="unchanged" if same else "changed")
        gaps += overflowed(now.window, keys)
        now, asked = poll(now, replace(what, not_modified=same)), asked + 1
    assert gaps == 0
    assert asked <= max(14 * DAY / POLICY.floor, 24 * 14 * an_hour)


def test_a_feed_that_fills_its_window_is_not_left_to_overflow() -> None:
    busy = state(rhythm=rhythm(60.0))
    assert wait_after(busy, facts()) <= 8 * MINUTE + JITTER


def test_the_first_wait_follows_from_what_the_window_spans() -> None:
    fresh = FeedState(next_poll_at=NOW)
    half_an_hour = tuple(NOW - number * MINUTE for number in range(20))
    a_year = tuple(NOW - number * 18 * DAY for number in range(20))
    assert wait_after(fresh, changed(20, published=half_an_hour)) <= 10 * MINUTE
    assert wait_after(fresh, changed(20, published=a_year)) >= 12 * HOUR
    undated = wait_after(fresh, changed(20, published=(None,) * 20))
    assert 10 * MINUTE < undated <= POLICY.initial + JITTER


def test_what_aiming_gained_is_owed_at_the_next_poll() -> None:
    plain = replace(rhythm(1.0), evenness=1.0)
    on_time = state(rhythm=plain, interval=HOUR, polled_at=NOW - HOUR, next_poll_at=NOW)
    early = replace(on_time, interval=HOUR, polled_at=NOW - HOUR / 2)
    assert poll(early, facts()).interval == (poll(on_time, facts()).interval or HOUR) + HOUR / 2
    assert poll(replace(on_time, polled_at=None), facts()).interval == poll(on_time, facts()).interval


def test_an_own_floor_above_the_ceiling_wins() -> None:
    policy = PollPolicy(floor=2 * DAY, ceiling=DAY, initial=15 * MINUTE)
    assert wait_after(state(), facts(), policy) >= 2 * DAY
    assert wait_after(state(), failed(), policy) >= 2 * DAY
    assert wait_after(state(), failed(ours=True), policy) >= 2 * DAY


# --------------------------------------------------------------------------- hints


@pytest.mark.parametrize("said", [{"max_age": 3 * DAY}, {"ttl": 3 * DAY}])
def test_p08_the_servers_wish_is_waited_for(said: dict[str, timedelta]) -> None:
    after = poll(state(), changed(1, **said))
    assert after.not_before == NOW + 3 * DAY
    assert 3 * DAY <= after.next_poll_at - NOW <= 3 * DAY + JITTER


@pytest.mark.parametrize("said", [{"max_age": timedelta(seconds=1e9)}, {"ttl": timedelta.max}])
def test_p08_no_wish_exceeds_a_month(said: dict[str, timedelta]) -> None:
    assert MONTH <= wait_after(state(), changed(1, **said)) <= MONTH + JITTER


def test_p08_no_wish_goes_below_the_floor() -> None:
    busy = state(rhythm=rhythm(500.0))
    for said in ({"max_age": timedelta(0)}, {"ttl": SECOND}, {}):
        after = poll(busy, changed(1, **said))
        assert after.next_poll_at - NOW >= POLICY.floor
        assert after.not_before in {None, NOW + SECOND}


def test_p08_a_304_that_says_nothing_unsays_nothing() -> None:
    told = poll(state(), changed(1, max_age=5 * HOUR, ttl=6 * HOUR, skip_hours=(3,), skip_days=("Sunday",)))
    silent = poll(told, facts(now=told.next_poll_at))
    assert (
        silent.hints
        == told.hints
        == Hints(max_age=5 * HOUR, ttl=6 * HOUR, skip_hours=(3,), skip_days=("Sunday",))
    )
    assert silent.next_poll_at - told.next_poll_at >= 6 * HOUR
    assert silent.not_before == told.next_poll_at + 6 * HOUR


def test_p08_a_304_that_speaks_and_a_200_that_is_silent_replace_what_was_said() -> None:
    told = poll(state(), changed(1, max_age=5 * HOUR, ttl=6 * HOUR))
    assert poll(told, facts(max_age=HOUR)).hints == Hints(max_age=HOUR, ttl=6 * HOUR)
    same_body = poll(told, facts(not_modified=False))
    assert same_body.hints == Hints(ttl=6 * HOUR), "the headers were silent, the body is as it was"
    assert poll(told, changed(1)).hints == Hints()


def test_p08_skipped_hours_are_waited_out() -> None:
    after = poll(state(), changed(1, skip_hours=(8, 9, 10, 11, 24, 99, -1)))
    assert NOW.replace(hour=12, minute=0) <= after.next_poll_at < NOW.replace(hour=13, minute=0)
    assert after.not_before is not None
    assert after.not_before.hour == 12, "the present hour is skipped: not even a one-shot run asks"


def test_p08_skipped_days_are_waited_out() -> None:
    moment = poll(state(), changed(1, skip_days=(" monday", "Tuesday", "Caturday"))).next_poll_at
    assert moment.date() == (NOW + 2 * DAY).date()
    assert moment.hour == 0


def test_p08_a_feed_that_skips_every_hour_or_day_skips_none() -> None:
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    plain = poll(state(), changed(1)).next_poll_at
    assert poll(state(), changed(1, skip_hours=tuple(range(25)))).next_poll_at == plain
    assert poll(state(), changed(1, skip_days=days)).next_poll_at == plain


def test_p08_hour_24_is_midnight() -> None:
    late = NOW.replace(hour=23, minute=10)
    moment = poll(state(), changed(1, now=late, skip_hours=(24,), ttl=HOUR)).next_poll_at
    assert moment.hour == 1


# --------------------------------------------------------------------------- servers without validators

NO_VALIDATORS = Validators()


def bare(**changes: object) -> FeedState:
    return state(**({"validators": NO_VALIDATORS, "rhythm": rhythm(0.1)} | changes))


def whole(new: int = 1, **changes: object) -> PollFacts:
    return changed(new, **({"validators": NO_VALIDATORS} | changes))


def test_p05_a_feed_without_validators_is_fetched_whole_once_a_day() -> None:
    assert DAY <= wait_after(bare(), whole()) <= DAY + JITTER
    assert DAY <= wait_after(bare(), facts(not_modified=False, validators=NO_VALIDATORS)) <= DAY + JITTER
    fresh = FeedState(next_poll_at=NOW)
    assert DAY <= wait_after(fresh, whole(20, published=(None,) * 20)) <= DAY + JITTER
    other = replace(POLICY, unconditional=36 * HOUR)
    assert 36 * HOUR <= wait_after(bare(), whole(), other) <= 36 * HOUR + JITTER


def test_p05_its_user_may_want_it_sooner() -> None:
    assert wait_after(bare(), whole(), replace(POLICY, own=True)) < 8 * HOUR


@pytest.mark.parametrize("said", [{"max_age": 6 * HOUR}, {"ttl": 6 * HOUR}])
def test_p05_its_server_or_the_feed_may_invite_us_sooner(said: dict[str, timedelta]) -> None:
    assert 6 * HOUR <= wait_after(bare(), whole(**said)) <= 7 * HOUR


def test_p05_to_be_stale_at_once_is_no_invitation() -> None:
    assert wait_after(bare(), whole(max_age=timedelta(0))) >= DAY


def test_p05_a_window_that_would_overflow_is_asked_as_often_as_it_needs() -> None:
    an_hour = 4.0
    wait = wait_after(bare(rhythm=rhythm(an_hour)), whole())
    assert 1.6 * HOUR < wait < 2.0 * HOUR, "a good third of twenty items, at four an hour"
    assert wait > wait_after(state(rhythm=rhythm(an_hour)), changed(1)), "and no more"


def test_p05_an_overflow_that_was_seen_halves_the_gap() -> None:
    after = poll(bare(interval=8 * HOUR), whole(20, published=(NOW - 300 * DAY,) * 20))
    assert after.interval == 4 * HOUR


# --------------------------------------------------------------------------- failures


def test_failures_back_off_doubling_to_a_day_and_never_stop() -> None:
    now, waits = state(interval=HOUR), []
    for _ in range(2000):
        moment = now.next_poll_at
        now = poll(now, failed(now=moment))
        waits.append((now.next_poll_at - moment) / HOUR)
    assert [round(wait) for wait in waits[:5]] == [2, 4, 8, 16, 24]
    assert all(24 <= wait <= 24.1 for wait in waits[5:])
    assert (now.failures, now.weight, now.interval) == (2000, 2000.0, HOUR)


def test_soft_and_temporary_failures_weigh_less() -> None:
    waits = [wait_after(state(), failed(weight=weight)) for weight in (0.25, 0.5, 1.0)]
    assert waits == sorted(waits)
    assert waits[0] < 1.25 * HOUR
    assert waits[1] < 1.5 * HOUR


@pytest.mark.parametrize(
    ("error", "weight"),
    [
        (BadStatus("404", status=404), 1.0),
        (BadStatus("410", status=410), 1.0),
        (NotAFeed("a wall"), 1.0),
        (Refused("private"), 1.0),
        (TooLarge("big"), 1.0),
        (BadCoding("?"), 1.0),
        (WorkerFailed("killed"), 1.0),
        (BadStatus("429", status=429), 0.5),
        (BadStatus("408", status=408), 0.5),
        (BadStatus("503", status=503), 0.5),
        (Unreachable("no answer in time"), 0.5),
        (Truncated("cut"), 0.5),
        (Bug("ours"), 0.5),
    ],
    ids=lambda value: getattr(value, "kind", str(value)),
)
def test_a_failure_weighs_what_it_says_of_the_feed(error: CrawlError, weight: float) -> None:
    assert failure_weight(error) == weight


@pytest.mark.parametrize(("layer", "weight"), [("name", 0.25), ("certificate", 1.0), ("connection", 0.5)])
def test_a_failure_to_connect_weighs_by_where_it_broke(layer: str, weight: float) -> None:
    error = Unreachable("no")
    error.layer = layer
    assert failure_weight(error) == weight


def test_a_success_ends_the_back_off() -> None:
    after = poll(state(failures=9, weight=7.5), facts())
    assert (after.failures, after.weight) == (0, 0.0)
    assert after.next_poll_at <= NOW + 3 * HOUR


def test_s29_a_failure_forgets_nothing_and_advances_no_validators() -> None:
    before = state(body_digest="d" * 64, hints=Hints(ttl=HOUR))
    after = poll(before, failed(validators=Validators(etag='"wall"')))
    assert after == replace(before, failures=1, weight=1.0, polled_at=NOW, next_poll_at=after.next_poll_at)


def test_n26_a_failure_of_ours_moves_nothing_but_the_next_moment() -> None:
    before = state(failures=3, polled_at=NOW - DAY)
    after = poll(before, failed(ours=True))
    assert after == replace(before, next_poll_at=after.next_poll_at)
    assert HOUR <= after.next_poll_at - NOW <= 1.5 * HOUR + JITTER


def test_n26_six_hours_offline_end_without_a_storm() -> None:
    """1,000 feeds of all tempers; the hour after the outage is little busier than an ordinary one."""
    feeds = [(f"feed-{number}", (0.5 + number % 40 / 4) * HOUR) for number in range(1000)]
    first = {name: first_poll_at(name, NOW, interval) for name, interval in feeds}
    ordinary = sum(5 * MINUTE / interval for _, interval in feeds)
    returned, ends = [], NOW + 6 * HOUR
    for name, interval in feeds:
        now = state(next_poll_at=first[name], interval=interval)
        while now.next_poll_at < ends:
            now = after_poll(now, failed(now=now.next_poll_at, ours=True), POLICY, seed=name)
            assert now.failures == 0
        returned.append(now.next_poll_at)
    in_five_minutes = sum(moment < ends + 5 * MINUTE for moment in returned)
    assert in_five_minutes <= 2.5 * ordinary


def test_p06_retry_after_is_obeyed_up_to_a_month() -> None:
    busy = poll(state(), failed(weight=0.5, retry_after=NOW + 6 * HOUR))
    assert busy.not_before == NOW + 6 * HOUR
    assert 6 * HOUR <= busy.next_poll_at - NOW <= 6 * HOUR + JITTER
    assert MONTH <= wait_after(state(), failed(retry_after=NOW + 400 * DAY)) <= MONTH + JITTER
    assert wait_after(state(), failed(retry_after=NOW - DAY)) == wait_after(state(), failed())


def test_p06_a_silence_that_is_kept_outlives_failures_of_ours() -> None:
    asked = poll(state(), failed(retry_after=NOW + 6 * HOUR))
    later = poll(asked, failed(now=NOW + HOUR, ours=True))
    assert later.not_before == NOW + 6 * HOUR
    assert later.next_poll_at >= NOW + 6 * HOUR


# --------------------------------------------------------------------------- memory


def test_a_success_remembers_what_the_next_poll_needs() -> None:
    seen = Validators(etag='W/"x"', last_modified="yesterday, or so", url="https://b.example/")
    after = poll(state(failures=2), changed(3, validators=seen, body_digest="e" * 64))
    assert after.validators == seen
    assert after.body_digest == "e" * 64
    assert after.window == changed(3).keys
    assert (after.polled_at, after.fetched_at, after.not_modified) == (NOW, NOW, 0)


def test_an_unchanged_feed_keeps_its_window_and_counts_its_304s() -> None:
    after = poll(state(not_modified=4), facts())
    assert (after.window, after.not_modified, after.fetched_at) == (ITEMS[:20], 5, NOW - HOUR)


def test_a_feed_that_is_empty_for_once_does_not_hide_what_overflows_meanwhile() -> None:
    empty = poll(state(), changed(0, of=0))
    assert empty.window == ITEMS[:20]
    assert overflowed(empty.window, ITEMS[50:70])


# --------------------------------------------------------------------------- time that jumps

CLOCKS = [-DAY, -HOUR, HOUR, 6 * HOUR, DAY]


@pytest.mark.parametrize("jump", CLOCKS, ids=str)
def test_p04_a_clock_that_jumps_makes_no_burst(jump: timedelta) -> None:
    now = poll(state(), changed(2))
    polled = [now.next_poll_at]
    for number in range(6):
        moment = now.next_poll_at + (jump if number == 2 else timedelta(0))
        now = poll(now, facts(now=moment) if number % 2 else changed(1, now=moment))
        assert POLICY.floor <= now.next_poll_at - moment <= DAY + JITTER
        polled.append(moment)


def test_p04_days_and_hours_are_those_of_utc() -> None:
    """The night in which clocks are put forward is like every other."""
    night = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    waits = {
        wait_after(
            state(
                polled_at=night - HOUR + day * DAY,
                next_poll_at=night + day * DAY,
                rhythm=rhythm(at=night + day * DAY),
            ),
            facts(now=night + day * DAY),
        )
        for day in range(-7, 14, 7)
    }
    assert len(waits) == 1


# --------------------------------------------------------------------------- many feeds at once


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


def test_a_poll_that_failed_has_seen_nothing_so_what_came_before_it_keeps_its_time() -> None:
    """An outage of a day: else all its items would count as posted just before its end."""
    before = state(failures=5, polled_at=NOW - HOUR, fetched_at=NOW - DAY)
    dates = tuple(NOW - number * 2 * HOUR - 7 * MINUTE for number in range(20))
    learned = poll(before, changed(10, published=dates)).rhythm
    assert before.rhythm
    assert learned
    more = [now - was for now, was in zip(learned.hours, before.rhythm.hours, strict=True)]
    assert sum(by_hour > 0.5 for by_hour in more) == 10


# --------------------------------------------------------------------------- whatever happens

spans = st.timedeltas(timedelta(0), timedelta(days=400))
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
keys = st.lists(st.sampled_from(ITEMS), max_size=30, unique=True).map(tuple)
counts = st.floats(0, 1e6)
rhythms = st.builds(
    rhythm,
    st.floats(0, 1e4),
    at=moments,
    latest=moments,
    close=counts,
    by_chance=counts,
    pause=st.floats(0.025, 0.4),
    evenness=st.floats(0, 9),
)
all_facts = st.builds(
    PollFacts,
    now=moments,
    outcome=st.sampled_from(["changed", "unchanged", "failed"]),
    keys=keys,
    published=st.lists(st.none() | moments, min_size=30, max_size=30).map(tuple),
    not_modified=st.booleans(),
    probe=st.booleans(),
    max_age=st.none() | spans,
    retry_after=st.none() | moments,
    ttl=st.none() | spans,
    validators=st.sampled_from([SENT, NO_VALIDATORS]),
    weight=st.sampled_from([0.25, 0.5, 1.0]),
    status=st.sampled_from([None, 404, 410, 503]),
    ours=st.booleans(),
)
states = st.builds(
    FeedState,
    next_poll_at=moments,
    interval=st.none() | spans,
    failures=st.integers(0, 10**6),
    weight=st.floats(0, 1e6),
    window=keys,
    polled_at=st.none() | moments,
    rhythm=st.none() | rhythms,
    lying=st.booleans(),
    gone_at=st.none() | moments,
    gone=st.booleans(),
)
policies = st.builds(
    lambda three, own, eager: PollPolicy(
        floor=three[0], initial=three[1], ceiling=three[2], own=own, eagerness=eager
    ),
    st.tuples(spans, spans, spans).map(sorted),
    st.booleans(),
    st.floats(0.05, 20),
)


@pytest.mark.no_cover
@given(states, all_facts, policies, st.text(max_size=5))
def test_the_next_poll_is_never_too_early_and_never_more_than_a_month_away(
    before: FeedState, what: PollFacts, policy: PollPolicy, seed: str
) -> None:
    after = after_poll(before, what, policy, seed=seed)
    wait = after.next_poll_at - what.now
    assert policy.floor <= wait <= max(MONTH, policy.floor * 1.5) + JITTER
    if after.not_before is not None:
        assert what.now < after.not_before <= min(after.next_poll_at, what.now + MONTH)
    if what.retry_after is not None:
        assert wait >= min(what.retry_after - what.now, MONTH)
    if what.outcome == "changed":
        assert wait >= min(max(what.max_age or timedelta(0), what.ttl or timedelta(0)), MONTH)


@pytest.mark.no_cover
@given(states, all_facts, policies, moments, spans)
def test_p06_a_later_retry_after_never_makes_a_sooner_poll(
    before: FeedState, what: PollFacts, policy: PollPolicy, first: datetime, more: timedelta
) -> None:
    sooner = poll(before, replace(what, retry_after=first), policy).next_poll_at
    assert sooner <= poll(before, replace(what, retry_after=first + more), policy).next_poll_at


@pytest.mark.no_cover
@given(
    states,
    all_facts,
    st.lists(st.integers(-5, 30), max_size=30).map(tuple),
    st.lists(st.sampled_from(["Monday", "sunday", "", "Friday", "x"]), max_size=7).map(tuple),
)
def test_p08_skipping_moves_a_poll_later_by_eight_days_at_most(
    before: FeedState, what: PollFacts, hours: tuple[int, ...], days: tuple[str, ...]
) -> None:
    plain = poll(before, replace(what, outcome="changed")).next_poll_at
    skipping = replace(what, outcome="changed", skip_hours=hours, skip_days=days)
    assert plain <= poll(before, skipping).next_poll_at <= plain + 8 * DAY


@pytest.mark.no_cover
@given(states, all_facts, policies)
def test_s29_a_failed_poll_keeps_what_is_remembered(
    before: FeedState, what: PollFacts, policy: PollPolicy
) -> None:
    after = poll(before, replace(what, outcome="failed"), policy)
    for name in (
        "validators",
        "body_digest",
        "window",
        "interval",
        "rhythm",
        "hints",
        "fetched_at",
        "lying",
        "moving",
    ):
        assert getattr(after, name) == getattr(before, name)


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
