"""crawler.timing.moving: feeds that move (301, 308) and feeds that end (410)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.model import Attempt, FeedState, Moving, Validators
from crawler.timing import MONTH, PollFacts, permanent_target
from tests.timing.examples import HOUR, MINUTE, NOW, SENT, changed, facts, failed, poll, state

OLD, NEW, ELSEWHERE = "https://wire.example/feed", "https://news.example/feed", "https://cdn.example/feed"
DAY = timedelta(days=1)


def hops(
    *statuses: int, urls: tuple[str, ...] = (OLD, NEW, ELSEWHERE), number: int = 1
) -> tuple[Attempt, ...]:
    """The exchanges of one try: each status at its address."""
    return tuple(
        Attempt(url=url, started_at=NOW, number=number, hop=hop, status=status)
        for hop, (url, status) in enumerate(zip(urls, statuses, strict=False))
    )


@pytest.mark.parametrize(
    ("statuses", "target"),
    [
        ((200,), None),
        ((304,), None),
        ((301, 200), NEW),
        ((308, 304), NEW),
        ((302, 200), None),
        ((303, 200), None),
        ((307, 200), None),
        ((301, 302, 200), NEW),
        ((301, 308, 200), ELSEWHERE),
        ((302, 301, 200), None),
        ((301, 301, 301), None),  # it leads nowhere
    ],
)
def test_p10_a_permanent_target_is_where_an_unbroken_row_of_301_and_308_leads(
    statuses: tuple[int, ...], target: str | None
) -> None:
    assert permanent_target(hops(*statuses), OLD) == target


def test_p10_only_the_successful_try_counts() -> None:
    assert permanent_target((*hops(301, 503), *hops(200, number=2)), OLD) is None
    assert permanent_target((*hops(503), *hops(301, 200, number=2)), OLD) == NEW
    assert permanent_target((), OLD) is None
    assert permanent_target(hops(301, 200)[1:] * 2, OLD) is None, "how it began is not known"


@pytest.mark.parametrize(
    ("asked", "target"),
    [
        (OLD, "http://news.example/feed"),  # gives up TLS
        (OLD, "https://user:secret@news.example/feed"),
        (OLD, "ftp://news.example/feed"),
        (OLD, "https:///feed"),
        (OLD, OLD),
    ],
)
def test_p10_an_address_that_would_be_worse_is_not_moved_to(asked: str, target: str) -> None:
    assert permanent_target(hops(301, 200, urls=(asked, target)), asked) is None


def test_p10_a_feed_may_move_to_tls_and_without_it_stay_there() -> None:
    plain = "http://wire.example/feed"
    assert permanent_target(hops(301, 200, urls=(plain, OLD)), plain) == OLD
    assert permanent_target(hops(301, 200, urls=(plain, "http://b.example/")), plain) == "http://b.example/"


def led(status: int, days: float, *, to: str = NEW) -> PollFacts:
    attempts = hops(status, 200, urls=(OLD, to)) if status else hops(200)
    return facts(now=NOW + days * DAY, attempts=attempts, asked=OLD)


def after(*what: PollFacts) -> FeedState:
    now = state()
    for one in what:
        now = poll(now, one)
    return now


@pytest.mark.parametrize("status", [301, 308])
def test_p10_a_feed_moves_after_three_polls_over_two_days_agree(status: int) -> None:
    assert after(led(status, 0), led(status, 1)).moved_to is None
    assert after(led(status, 0), led(status, 3)).moved_to is None, "two polls only"
    early = after(led(status, 0), led(status, 1), led(status, 1.9))
    assert early.moved_to is None
    assert early.moving == Moving(url=NEW, since=NOW, seen=3)
    moved = after(led(status, 0), led(status, 1), led(status, 2))
    assert (moved.moved_to, moved.moving) == (NEW, None)
    assert moved.window == state().window, "it is the same feed"
    assert poll(moved, facts(now=NOW + 4 * DAY, asked=NEW, attempts=hops(200, urls=(NEW,)))).moved_to == NEW


@pytest.mark.parametrize("status", [302, 303, 307])
def test_p10_a_temporary_redirect_never_moves_a_feed(status: int) -> None:
    assert after(*(led(status, day) for day in range(30))).moved_to is None


def test_p10_disagreement_begins_anew() -> None:
    other = after(led(301, 0), led(301, 1), led(301, 2, to=ELSEWHERE))
    assert other.moving == Moving(url=ELSEWHERE, since=NOW + 2 * DAY)
    back = after(led(301, 0), led(301, 1), led(0, 2))
    assert (back.moving, back.moved_to) == (None, None)
    assert after(led(301, 0), led(302, 1), led(301, 2), led(301, 3)).moved_to is None


def test_p10_a_target_that_is_no_feed_is_not_moved_to() -> None:
    wall = failed(now=NOW + 2 * DAY, attempts=hops(301, 200), asked=OLD)
    assert after(led(301, 0), led(301, 1), wall).moved_to is None


# --------------------------------------------------------------------------- 410


def gone(days: float) -> PollFacts:
    return failed(now=NOW + days * DAY, status=410)


def test_p10_a_410_is_confirmed_by_another_a_day_later_and_then_asked_once_a_month() -> None:
    first = after(gone(0))
    assert (first.gone, first.gone_at) == (False, NOW)
    assert not after(gone(0), gone(0.9)).gone
    parked = after(gone(0), gone(1))
    assert parked.gone
    assert MONTH <= parked.next_poll_at - (NOW + DAY) <= MONTH + MINUTE
    again = poll(parked, gone(31))
    assert again.gone
    assert again.next_poll_at - (NOW + 31 * DAY) >= MONTH, "slowed, never disabled"


@pytest.mark.parametrize("between", [failed(now=NOW + 12 * HOUR, status=404), facts(now=NOW + 12 * HOUR)])
def test_p10_anything_between_two_410s_begins_anew(between: PollFacts) -> None:
    flapping = after(gone(0), between, gone(1))
    assert (flapping.gone, flapping.gone_at) == (False, NOW + DAY)


def test_p10_a_failure_of_ours_between_two_410s_says_nothing() -> None:
    assert after(gone(0), failed(now=NOW + HOUR, ours=True), gone(1)).gone


def test_p10_other_failures_leave_a_parked_feed_parked_and_any_good_answer_unparks_it() -> None:
    parked = after(gone(0), gone(1))
    still = poll(parked, failed(now=NOW + 31 * DAY, status=503))
    assert still.gone
    assert still.next_poll_at - (NOW + 31 * DAY) >= MONTH
    for answer in (facts(now=NOW + 31 * DAY), changed(2, now=NOW + 31 * DAY)):
        back = poll(parked, answer)
        assert (back.gone, back.gone_at) == (False, None)
        assert back.next_poll_at - (NOW + 31 * DAY) < 2 * DAY


def test_p10_a_404_that_comes_and_goes_neither_moves_nor_parks() -> None:
    now = state()
    for day in range(40):
        now = poll(now, failed(now=NOW + day * DAY, status=404) if day % 3 else facts(now=NOW + day * DAY))
    assert (now.gone, now.moved_to, now.moving) == (False, None, None)


# --------------------------------------------------------------------------- back to the configured address


def moved(**changes: object) -> FeedState:
    return state(**({"moved_to": NEW} | changes))


def in_vain(before: FeedState, *days: float, **changes: object) -> FeedState:
    for day in days:
        before = poll(before, failed(**({"now": NOW + day * DAY, "status": 404} | changes)))
    return before


def test_p10_an_address_it_moved_to_that_is_dead_for_a_week_is_left_for_the_configured_one() -> None:
    before = in_vain(moved(probes=2), 0, 1, 3, 6.9)
    assert before.moved_to == NEW
    back = in_vain(before, 7.1)
    assert (back.moved_to, back.moving) == (None, None)
    assert (back.failures, back.weight, back.probes) == (0, 0.0, 0)
    assert back.validators == replace(SENT, url=NEW), "for no other address than the one that gave them"
    assert (back.rhythm, back.window, back.interval) == (before.rhythm, before.window, before.interval)
    assert back.next_poll_at - (NOW + 7.1 * DAY) <= HOUR + MINUTE, "it answers for itself"


def test_p10_validators_that_lied_are_not_taken_back_to_the_configured_address() -> None:
    back = in_vain(moved(lying=True), 0, 1, 8)
    assert (back.lying, back.validators) == (False, Validators())


def test_p10_one_good_answer_within_the_week_clears_the_doubt() -> None:
    doubted = in_vain(moved(), 0, 1, 6)
    cleared = poll(doubted, facts(now=NOW + 6.5 * DAY))
    assert (cleared.moved_to, cleared.moving) == (NEW, None)
    assert in_vain(cleared, 7, 8, 13).moved_to == NEW
    assert in_vain(doubted, 8, ours=True).moved_to == NEW, "being offline speaks against nobody"


def test_p10_a_week_of_silence_takes_more_than_two_polls() -> None:
    assert in_vain(moved(), 0, 30).moved_to == NEW
    assert in_vain(moved(), 0, 30, 60).moved_to is None


def test_p10_what_the_dead_address_asked_for_does_not_bind_the_configured_one() -> None:
    wish = NOW + 40 * DAY
    back = in_vain(moved(not_before=NOW + 10 * DAY), 0, 1, 8, status=503, retry_after=wish)
    assert (back.moved_to, back.not_before) == (None, None)


def test_p10_a_confirmed_410_where_it_moved_to_sends_it_back_and_another_there_parks_it() -> None:
    back = in_vain(moved(), 0, 1, status=410)
    assert (back.moved_to, back.gone, back.gone_at) == (None, False, None)
    assert in_vain(back, 2, 3, status=410).gone


def test_p10_a_feed_that_never_moved_has_no_address_to_go_back_to() -> None:
    assert in_vain(state(), 0, 3, 8).moving is None
