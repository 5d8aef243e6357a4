"""At equal polls a day: news is seen sooner than by others' rules, and no more of it is missed.

The short form, with fixed seeds and one fixed interval for the three of them; ``scripts/bench schedule`` is
the long one, with every rival.
"""

from __future__ import annotations

import pytest

from tests.bench.rhythms import WINDOW, Cell, compare, play

PATTERNS = ("steady", "diurnal", "weekly", "business", "bursty", "rare")
RIVALS = ("every 3 hours", "miniflux, entry frequency", "Media Cloud")
#: More seeds where a feed posts little, so that what is measured is more than luck.
SEEDS = {"rare": range(5), "bursty": range(3)}


def cell(rhythm: str, rival: str) -> Cell:
    return compare(rhythm, rival, seeds=SEEDS.get(rhythm, range(1, 2)), days=42, steps=5)


@pytest.mark.parametrize("rival", RIVALS)
@pytest.mark.parametrize("rhythm", PATTERNS)
def test_where_there_is_a_pattern_news_is_seen_sooner_and_no_more_is_missed(rhythm: str, rival: str) -> None:
    found = cell(rhythm, rival)
    assert found.ours.polls_a_day <= 1.015 * found.theirs.polls_a_day
    assert found.ours.mean < 0.98 * found.theirs.mean
    assert found.ours.missed <= 1.15 * found.theirs.missed + 1, "that is within what seeds differ by"


@pytest.mark.parametrize("rival", RIVALS)
@pytest.mark.parametrize("rhythm", ["even", "chance"])
def test_where_there_is_next_to_none_nothing_is_lost_by_looking_for_one(rhythm: str, rival: str) -> None:
    """Of a Poisson process no rule can know more: the same interval each time is the best there is."""
    found = cell(rhythm, rival)
    assert found.ours.mean < 1.05 * found.theirs.mean
    assert found.ours.missed == found.theirs.missed == 0


def test_what_passes_through_the_window_between_two_polls_is_missed() -> None:
    times = [350.0 + number / 100 for number in range(WINDOW + 5)]
    result = play(lambda: lambda look: look.at + 24, times, 20)
    assert (result.missed, result.polls_a_day) == (5, 1.0)
    assert result.mean == pytest.approx((360 - 350.12) * 60)
