"""crawler.timing.honesty: validators that lie are found at a small price."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.model import FeedState, Validators
from crawler.timing import DAY, PollFacts, PollPolicy, probe_due
from crawler.timing.honesty import lied
from tests.timing.examples import HOUR, MINUTE, NOW, SENT, changed, facts, poll, rhythm, state

WEEK = 7 * DAY


def suspicious(**changes: object) -> FeedState:
    """An item every two hours, and 304s for a week."""
    known = rhythm(0.5, at=NOW - WEEK, latest=NOW - WEEK)
    values = {"rhythm": known, "fetched_at": NOW - WEEK, "not_modified": 168}
    return state(**(values | changes))


def test_p09_304s_that_contradict_the_rhythm_are_doubted_after_a_week() -> None:
    assert probe_due(suspicious(), NOW)
    assert not probe_due(suspicious(fetched_at=NOW - WEEK + MINUTE), NOW)
    assert not probe_due(suspicious(not_modified=167), NOW)
    assert not probe_due(suspicious(lying=True), NOW)
    assert not probe_due(suspicious(rhythm=None), NOW)
    assert not probe_due(suspicious(fetched_at=None), NOW)
    assert not probe_due(suspicious(probed_at=NOW - DAY), NOW)


def test_p01_a_feed_that_is_rarely_news_is_not_doubted() -> None:
    rare = rhythm(0.02, at=NOW - WEEK, latest=NOW - WEEK)
    assert not probe_due(suspicious(rhythm=rare), NOW)
    bursts = replace(rhythm(0.5, at=NOW - WEEK, latest=NOW - WEEK), close=110.0, gaps=120.0)
    assert not probe_due(suspicious(rhythm=bursts), NOW), "a few bursts that failed to come prove nothing"


def test_p09_probes_in_vain_make_patient() -> None:
    assert not probe_due(suspicious(probes=1), NOW)
    assert not probe_due(suspicious(probes=1, probed_at=NOW - WEEK), NOW)
    long_ago = rhythm(2.0, at=NOW - 3 * WEEK, latest=NOW - 3 * WEEK)
    assert probe_due(
        suspicious(rhythm=long_ago, probes=1, probed_at=NOW - 2 * WEEK, fetched_at=NOW - 3 * WEEK), NOW
    )


@pytest.mark.parametrize(
    ("given", "unseen", "found"),
    [
        (SENT, [NOW - 3 * DAY], True),
        (SENT, [NOW], True),  # the same validators for another body
        (SENT, [], False),  # another body without another item: a build date
        (Validators(etag='"v2"'), [NOW - 3 * DAY], True),  # it was there when the last 304 came
        (Validators(etag='"v2"'), [None] * 10, True),
        (Validators(etag='"v2"'), [None], False),  # without a date it may have come since
        (Validators(etag='"v2"'), [NOW.replace(hour=0, minute=0)], False),  # so may one with a day only
        (Validators(etag='"v2"'), [NOW - MINUTE], False),  # it came since: the server is honest
    ],
)
def test_p09_a_lie_is_proven_by_items_that_304s_hid(
    given: Validators, unseen: list[object], found: bool
) -> None:
    assert lied(state(), given, unseen) is found  # type: ignore[arg-type]
    assert not lied(state(polled_at=None), Validators(), [NOW]), "an honest feed may have begun again"


def test_p09_after_an_outage_a_probe_cannot_tell_what_came_before_the_last_304() -> None:
    """Polled in vain an hour ago: the item of three hours ago is newer than the last 304."""
    failing = state(failures=3, polled_at=NOW - HOUR)
    assert not lied(failing, Validators(etag='"v2"'), [NOW - 3 * HOUR])
    assert lied(failing, SENT, [NOW - 3 * HOUR]), "the same validators for another body lie in any case"


def test_p09_a_liar_is_marked_and_asked_for_the_whole_once_a_day() -> None:
    found = poll(suspicious(), changed(6, probe=True))
    assert found.lying
    assert (found.probed_at, found.fetched_at, found.not_modified) == (NOW, NOW, 0)
    assert 12 * HOUR < found.next_poll_at - NOW <= DAY + MINUTE, "its window would overflow after 14 hours"
    later = poll(found, changed(1, now=found.next_poll_at))
    assert later.lying


def test_p09_an_honest_answer_to_a_probe_is_remembered() -> None:
    before = suspicious()
    same = poll(before, facts(probe=True, not_modified=False))
    assert (same.lying, same.probes, same.fetched_at) == (False, 1, NOW)
    assert not probe_due(same, NOW + WEEK)
    assert poll(same, changed(1, now=NOW + DAY)).probes == 0
    failed = poll(before, facts(outcome="failed", probe=True))
    assert (failed.probed_at, probe_due(failed, NOW + DAY)) == (NOW, False)


def simulate(
    days: int, *, lies_from: float | None, ends_at: float | None = None
) -> tuple[int, int, float | None]:
    """A feed with an item every two hours over ``days``: polls, probes, and when it was found lying."""
    now, end, polls, probes = FeedState(next_poll_at=NOW), NOW + days * DAY, 0, 0
    while now.next_poll_at < end:
        moment = now.next_poll_at
        age = (moment - NOW) / DAY
        newest = int(min(age, age if ends_at is None else ends_at) * 12) + 40
        probe = probe_due(now, moment)
        hidden = lies_from is not None and age > lies_from and not (probe or now.lying)
        keys = tuple(str(number) for number in range(newest, newest - 20, -1))
        if hidden or keys == now.window:
            what = facts(now=moment, probe=probe, not_modified=not (probe or now.lying))
        else:
            dates = tuple(NOW + (number - 40) * 2 * HOUR for number in range(newest, newest - 20, -1))
            what = PollFacts(
                now=moment, outcome="changed", keys=keys, published=dates, probe=probe, validators=SENT
            )
        polls, probes = polls + 1, probes + probe
        now = poll(now, what, PollPolicy(floor=5 * MINUTE, ceiling=DAY, initial=15 * MINUTE, eagerness=2.0))
        if now.lying:
            return polls, probes, age
    return polls, probes, None


def test_p09_a_liar_is_found_within_ten_days_by_one_probe() -> None:
    polls, probes, found = simulate(60, lies_from=10.0)
    assert found is not None
    assert found - 10.0 < 21.0
    assert probes == 1
    assert probes / polls <= 1 / 168


def test_p01_an_honest_feed_is_never_probed_and_one_that_ended_hardly() -> None:
    assert simulate(60, lies_from=None)[1] == 0
    polls, probes, found = simulate(200, lies_from=None, ends_at=20.0)
    assert (probes <= 2, found) == (True, None)
    assert probes <= polls / 168
