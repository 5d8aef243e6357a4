"""crawler.timing.rhythm, pace, aim: how a feed posts, and where polls are put."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.model import Rhythm
from crawler.timing import pace
from crawler.timing.aim import aimed
from crawler.timing.rhythm import clumping, daily, faded, first_reading, hourly, learned, rate, ratios
from tests.bench import rhythms as simulated
from tests.timing.examples import HOUR, MINUTE, NOW, rhythm

DAY = timedelta(days=1)


def watched(times: list[float], days: int, every: float = 1.0) -> Rhythm:
    """What is learned of items at these hours when one looks in so often, newest twenty shown."""
    begin, now, known, seen = simulated.START, simulated.START, None, 0
    posted = [begin + at * HOUR for at in times]
    assert posted == sorted(posted)
    while (now := now + every * HOUR) < begin + days * DAY:
        there = bisect_right(posted, now)
        if known is None:
            known = first_reading(posted[:there][-20:], now)
        elif there > seen:
            known = learned(known, posted[seen:there], since=now - every * HOUR, now=now)
        seen = there
    assert known is not None
    return known


# --------------------------------------------------------------------------- learning


def test_the_span_of_a_window_tells_the_rate_at_once() -> None:
    seen = first_reading([NOW - number * HOUR / 2 for number in range(20)], NOW)
    assert 1.7 < rate(seen, NOW, doubt=0.0) < 2.3
    assert seen.latest == NOW


def test_s31_dates_that_lie_do_not_tell_a_rhythm() -> None:
    blank = first_reading([], NOW)
    for lies in (
        [NOW.replace(year=1970)] * 20,
        [NOW.replace(year=2099), NOW.replace(year=1970)],
        [NOW - DAY] * 20,
        [None] * 20,
        [NOW],
    ):
        assert first_reading(lies, NOW) == blank
    assert (blank.items, blank.time, blank.latest) == (0.0, 0.0, NOW)


def test_s31_a_pinned_item_does_not_stretch_the_window() -> None:
    plain = [NOW - number * HOUR for number in range(19)]
    pinned = first_reading([*plain, NOW - 300 * DAY], NOW)
    assert rate(pinned, NOW, doubt=0.0) > 0.8


def test_days_without_times_tell_the_rate_but_no_hour() -> None:
    midnights = [NOW.replace(hour=0, minute=0) - number * DAY for number in range(20)]
    seen = first_reading(midnights, NOW)
    assert 0.03 < rate(seen, NOW, doubt=0.0) < 0.06
    assert sum(seen.hours) == sum(seen.minutes) == 0.0
    assert hourly(seen) == [1.0] * 24


def test_s30_a_new_items_date_is_believed_only_where_it_may_be_true() -> None:
    known = rhythm(1.0, hours=(0.0,) * 24, minutes=(0.0,) * 60)
    poll_before, middle = NOW - 2 * HOUR, NOW - HOUR
    believed = NOW - 30 * MINUTE
    for told in (None, NOW + DAY, NOW - DAY, NOW.replace(hour=0, minute=0)):
        seen = learned(known, [told], since=poll_before, now=NOW)
        assert sum(seen.hours) == 0.0
        assert seen.latest == middle
    seen = learned(known, [believed], since=poll_before, now=NOW)
    assert seen.latest == believed
    assert seen.hours[believed.hour] > 0.9
    assert seen.minutes[believed.minute] > 0.9


def test_nothing_new_teaches_nothing_and_an_unknown_poll_before_is_no_hindrance() -> None:
    known = rhythm(1.0)
    assert learned(known, [], since=NOW, now=NOW + HOUR) is known
    assert learned(known, [NOW + HOUR], since=None, now=NOW + 2 * HOUR).latest == NOW + HOUR


def test_what_was_seen_fades_to_half_in_three_weeks() -> None:
    known = faded(rhythm(1.0), NOW + 21 * DAY)
    assert known.items == pytest.approx(120, rel=0.01)
    assert rate(known, NOW + 21 * DAY, doubt=0.0) < 0.3
    assert rate(rhythm(1.0), NOW + 21 * DAY, doubt=0.0) == pytest.approx(
        rate(known, NOW + 21 * DAY, doubt=0.0)
    )


def test_p04_a_clock_that_goes_back_changes_nothing() -> None:
    known = rhythm(1.0)
    assert faded(known, NOW - DAY) is known
    assert rate(known, NOW - DAY, doubt=0.0) == pytest.approx(1.0, rel=0.01)


def test_p04_a_rhythm_learned_while_the_clock_was_years_ahead_fades_again() -> None:
    """Else its counts would grow for years, and its last burst would never end."""
    known = rhythm(1.0, at=NOW + 1000 * DAY, latest=NOW + 1000 * DAY)
    for day in range(60):
        at = NOW + day * DAY
        known = learned(known, [at - HOUR], since=at - DAY, now=at)
    assert known.latest < NOW + 60 * DAY
    assert rate(known, NOW + 60 * DAY, doubt=0.0) < 0.15, "one item a day"


@pytest.mark.parametrize(("posting", "low", "high"), [("chance", 0.0, 0.15), ("bursty", 0.5, 0.95)])
def test_bursts_are_told_from_chance(posting: str, low: float, high: float) -> None:
    assert low <= clumping(watched(list(simulated.posted(posting, 1, 42)), 42)) <= high


def test_hours_and_weekdays_are_learned_and_chance_is_not() -> None:
    known = watched(list(simulated.posted("weekly", 1, 42)), 42)
    assert hourly(known)[14] > 1.5 > 0.5 > hourly(known)[2]
    assert min(daily(known)[:5]) > 2 * max(daily(known)[5:])
    nothing = watched(list(simulated.posted("chance", 1, 42)), 42)
    assert max(hourly(nothing)) < 1.4
    assert max(daily(nothing)) < 1.4


def test_evenness_tells_a_clock_from_chance() -> None:
    assert watched(list(simulated.posted("even", 1, 42)), 42).evenness < 0.2
    assert watched(list(simulated.posted("chance", 1, 42)), 42).evenness > 0.5


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60), st.floats(0, 1), st.floats(1, 50))
def test_shares_are_positive_and_flat_without_trust(
    counts: list[float], trust: float, together: float
) -> None:
    assert min(ratios(counts, trust, together)) >= 0
    assert ratios(counts, 0.0, together) == [1.0] * len(counts)


dates = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(NOW.tzinfo))  # noqa: DTZ001


@pytest.mark.no_cover
@given(st.lists(st.none() | dates, max_size=30), dates, st.lists(st.none() | dates, max_size=9), dates, dates)
def test_whatever_dates_a_feed_tells_the_counts_stay_counts(
    first: list[datetime | None], now: datetime, more: list[datetime | None], since: datetime, later: datetime
) -> None:
    known = learned(first_reading(first, now), more, since=since, now=later)
    assert known.items >= 0
    assert known.time >= 0
    assert 0 <= clumping(known) <= 0.95
    assert all(share >= 0 for share in (*hourly(known), *daily(known)))


# --------------------------------------------------------------------------- pace


def waits(known: Rhythm, now: datetime, **changes: object) -> tuple[timedelta, timedelta]:
    values = {"eagerness": 1.0, "initial": 15 * MINUTE, "window": 20, "longest": DAY}
    return pace.wait(known, now, **(values | changes))  # type: ignore[arg-type]


def test_a_burst_is_followed_closely_until_it_is_over() -> None:
    known = replace(rhythm(0.5), gaps=120.0, close=100.0, pause=0.05, latest=NOW - MINUTE)
    hot = waits(known, NOW)[0]
    cold = waits(replace(known, latest=NOW - 5 * HOUR), NOW)[0]
    assert hot < cold / 2


def test_far_ahead_the_mean_will_do() -> None:
    known = rhythm(0.0001)
    empty = replace(known, items=0.0, time=720.0)
    assert waits(empty, NOW, longest=30 * DAY)[0] > 2 * DAY
    assert waits(empty, NOW)[0] == DAY


def test_a_wait_is_bounded_by_the_window() -> None:
    assert waits(rhythm(20.0), NOW, window=20)[0] < waits(rhythm(20.0), NOW, window=200)[0]
    assert waits(rhythm(20.0), NOW, window=1) == waits(rhythm(20.0), NOW, window=6), "it has just begun"


# --------------------------------------------------------------------------- aim


def aim(known: Rhythm, due: float, longest: float = 24.0, by_hour: list[float] | None = None) -> float:
    return aimed(known, NOW, due, longest, 1.0, by_hour or [1.0] * 48)


def test_a_poll_is_put_just_after_the_minute_at_which_items_come() -> None:
    on_the_half_hour = tuple(40.0 if minute == 30 else 1.0 for minute in range(60))
    known = rhythm(1.0, minutes=on_the_half_hour)  # it is five past
    assert aim(known, 0.6) == pytest.approx(27 / 60)
    assert aim(known, 1.2) == pytest.approx(1 + 27 / 60)


def test_a_long_wait_ends_with_the_hours_in_which_items_come() -> None:
    by_hour = [4.0 if number % 24 < 6 else 0.1 for number in range(48)]
    assert 5.5 < aim(rhythm(1.0), 8.0, by_hour=by_hour) < 7.0
    assert 5.5 < aim(rhythm(1.0), 8.0, by_hour=by_hour[:9]) < 7.0


def test_without_a_pattern_a_poll_stays_where_it_is() -> None:
    assert aim(rhythm(1.0), 3.0) == 3.0
    assert aim(rhythm(1.0), 1.0, by_hour=[1.0, 2.0] * 24) == 1.0, "too short for the hours to matter"
    assert aim(rhythm(1.0), 30.0) == 30.0
    assert aim(rhythm(1.0), 0.1) == 0.1
    assert aim(rhythm(1.0, gaps=0.0), 3.0) == 3.0


def test_an_even_feed_is_polled_just_after_its_beat() -> None:
    even = rhythm(1.0, evenness=0.01, latest=NOW - 15 * MINUTE)
    assert 0.75 < aim(even, 0.6) <= 0.92
    assert aim(even, 0.3) == 0.3, "there is no beat in reach"
    assert aim(replace(even, latest=NOW - DAY), 14.0) == 14.0, "that far ahead nothing is foreseen"
