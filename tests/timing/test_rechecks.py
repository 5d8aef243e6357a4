"""Archived pages are looked at again soon, then ever more rarely, then no more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.timing import next_recheck
from crawler.timing.rechecks import APART, YOUTH
from tests.fakes import NOON

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ROW = (HOUR, 6 * HOUR, DAY, 7 * DAY)


def walked(*, age: timedelta = timedelta(minutes=10), late: timedelta = timedelta(0)) -> list[timedelta]:
    """How long after it was archived a page is looked at, each time ``late``."""
    now, found = NOON, []
    while (at := next_recheck(NOON, now, ROW, published=NOON - age)) is not None:
        assert at > now
        now = at + late
        found.append(at - NOON)
    return found


def test_a_young_article_is_looked_at_after_an_hour_six_a_day_and_a_week() -> None:
    assert walked() == list(ROW)


def test_an_empty_row_switches_it_off() -> None:
    assert next_recheck(NOON, NOON, (), published=NOON) is None


@pytest.mark.parametrize(
    ("age", "kept"),
    [
        (timedelta(hours=12), ROW),
        (timedelta(hours=13), ROW[1:]),
        (timedelta(days=4), ROW[2:]),
        (timedelta(days=7, hours=1), ROW[2:]),
        (timedelta(days=60), ROW[3:]),
        (timedelta(days=365), ()),
    ],
)
def test_what_was_old_when_it_was_archived_is_looked_at_less(
    age: timedelta, kept: tuple[timedelta, ...]
) -> None:
    assert walked(age=age) == list(kept)


def test_a_date_in_the_future_makes_nothing_old() -> None:
    assert walked(age=-DAY) == list(ROW)


def test_a_late_look_counts_for_all_that_has_passed_meanwhile() -> None:
    late = next_recheck(NOON, NOON + 2 * DAY, ROW, published=NOON)
    assert late == NOON + 7 * DAY
    assert next_recheck(NOON, NOON + 8 * DAY, ROW, published=NOON) is None


def test_two_looks_do_not_fall_together() -> None:
    soon = next_recheck(NOON, NOON + 5.9 * HOUR, ROW, published=NOON)
    assert soon == NOON + DAY


@given(
    row=st.lists(st.integers(60, 10**7).map(lambda n: timedelta(seconds=n)), max_size=6),
    passed=st.integers(0, 10**7),
    age=st.integers(0, 10**8),
)
def test_the_row_ends_and_never_goes_back(row: list[timedelta], passed: int, age: int) -> None:
    now = NOON + timedelta(seconds=passed)
    published = NOON - timedelta(seconds=age)
    asked = 0
    while (at := next_recheck(NOON, now, row, published=published)) is not None:
        assert at - now >= min(row) * APART
        assert at - NOON in row
        assert (at - NOON) * YOUTH >= timedelta(seconds=age)
        now, asked = at, asked + 1
    assert asked <= len(row)
