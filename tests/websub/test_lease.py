"""When a hub is asked, believed and doubted: every rule by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crawler.errors import BadStatus, Refused, Unreachable
from crawler.model import FeedState, PushOffer
from crawler.pushing import lease
from tests.websub.examples import (
    DAY,
    FEED,
    FLOOR,
    HOUR,
    HUB,
    MINUTE,
    NOON,
    SECRET,
    TOPIC,
    polled,
    subscription,
    verified,
)

WISH = 10 * DAY


def ask(known: Any, at: Any = NOON, **query: str) -> Any:
    told = {"mode": "subscribe", "topic": TOPIC, "challenge": "abc", "lease_seconds": "864000"} | query
    return lease.answered(known, told, at, wish=WISH)


# ------------------------------------------------------------------ asking


def test_a_new_subscription_is_due_at_once_and_renewed_at_two_thirds_of_its_lease() -> None:
    known = lease.begun(FEED, PushOffer(hub=HUB, topic=TOPIC), SECRET, "https://c.example/", NOON)
    assert known == subscription()
    assert SECRET not in repr(known)
    assert lease.step(known, NOON) == "subscribe"
    asked = lease.requested(known, NOON)
    assert lease.step(asked, NOON) is None
    stands = ask(asked, NOON + MINUTE, lease_seconds=str(9 * 86_400))
    assert (stands.state, stands.lease_until) == ("verified", NOON + MINUTE + 9 * DAY)
    assert stands.next_at == NOON + MINUTE + 6 * DAY
    assert lease.step(stands, stands.next_at - MINUTE) is None
    assert lease.step(stands, stands.next_at) == "subscribe"
    renewing = lease.requested(stands, stands.next_at)
    assert renewing.state == "verified"  # it stands while it is renewed
    renewed = ask(renewing, stands.next_at + MINUTE)
    assert ask(renewed, stands.next_at + 2 * MINUTE) is not None
    assert not lease.awaited(renewed)
    assert renewed.lease_until == stands.next_at + MINUTE + 10 * DAY
    assert renewed.failures == 0


def test_p18_a_hub_that_is_down_is_asked_ever_more_seldom() -> None:
    known, now, waits = subscription(), NOON, []
    for _ in range(12):
        known = lease.requested(known, now)
        known = lease.refused(known, Unreachable("no route"), now)
        waits.append(known.next_at - now)
        assert (known.state, known.note) == ("pending", "no route")
        now = known.next_at
    assert waits[:3] == [20 * MINUTE, 40 * MINUTE, 80 * MINUTE]
    assert waits[-1] == DAY
    assert known.failures == 12


def test_p18_a_hub_that_accepts_and_never_verifies_has_failed() -> None:
    known = lease.requested(subscription(), NOON)
    assert known.failures == 0
    again = lease.requested(known, known.next_at)
    assert again.failures == 1
    assert again.note == "the hub did not verify the last request"
    assert again.next_at - again.requested_at == 20 * MINUTE  # type: ignore[operator]


@pytest.mark.parametrize(
    ("error", "wait", "failures"),
    [
        (BadStatus("403", status=403), lease.REST, 1),
        (Refused("private"), lease.REST, 1),
        (BadStatus("503", status=503), 20 * MINUTE, 1),
        (BadStatus("429", status=429, retry_after=NOON + 3 * HOUR), 3 * HOUR, 1),
        (BadStatus("429", status=429, retry_after=NOON + 900 * DAY), 30 * DAY, 1),
    ],
)
def test_how_long_a_hub_that_refused_is_left_alone(error: Any, wait: timedelta, failures: int) -> None:
    known = lease.refused(lease.requested(subscription(), NOON), error, NOON)
    assert (known.next_at - NOON, known.failures) == (wait, failures)


def test_being_offline_counts_against_no_hub() -> None:
    error = Unreachable("no network")
    error.passing = type(error.passing).OURS
    known = lease.refused(lease.requested(subscription(), NOON), error, NOON)
    assert (known.failures, known.next_at) == (0, NOON + lease.PATIENCE)


def test_what_is_left_to_do_at_which_moment() -> None:
    assert lease.next_moment(subscription()) == NOON
    assert lease.next_moment(verified()) == NOON + 6 * DAY
    assert lease.next_moment(verified(next_at=NOON + 20 * DAY)) == NOON + 10 * DAY
    assert lease.next_moment(verified(missed_at=NOON + HOUR)) == NOON + HOUR + lease.LATE
    assert lease.next_moment(verified(lease_until=None)) == NOON + 6 * DAY
    assert lease.next_moment(subscription(state="ended")) is None
    assert lease.next_moment(subscription(wanted=False)) is None


def test_a_removed_feed_is_unsubscribed_once() -> None:
    gone = verified(wanted=False)
    assert lease.step(gone, NOON) == "unsubscribe"
    ended = lease.unsubscribed(gone, NOON)
    assert (ended.state, lease.step(ended, NOON)) == ("ended", None)
    assert lease.step(subscription(wanted=False, state="denied"), NOON) is None
    assert lease.step(replace(ended, wanted=True), NOON + DAY) is None


# ------------------------------------------------------------------ believing


@pytest.mark.parametrize(
    ("wrong", "query"),
    [
        ({"topic": "https://wire.example/other"}, {}),
        ({}, {"mode": "unsubscribe"}),
        ({}, {"mode": "publish"}),
        ({}, {"challenge": ""}),
        ({}, {"challenge": "x" * 1025}),
        ({"requested_at": None}, {}),
        ({"requested_at": NOON - lease.PATIENCE - MINUTE}, {}),
        ({"requested_at": NOON + HOUR}, {}),
        ({"state": "ended"}, {}),
        ({"state": "denied"}, {}),
        ({"state": "distrusted"}, {}),
        ({"wanted": False}, {}),
        ({"state": "ended"}, {"mode": "denied"}),
    ],
)
def test_p18_only_what_was_asked_for_minutes_ago_is_confirmed(wrong: Any, query: dict[str, str]) -> None:
    right = subscription(requested_at=NOON - MINUTE)
    assert ask(right) is not None
    assert ask(replace(right, **wrong), **query) is None


def test_a_hub_may_ask_twice_for_its_answer_may_be_lost() -> None:
    known = lease.requested(subscription(), NOON)
    first = ask(known, NOON + MINUTE)
    assert ask(first, NOON + 2 * MINUTE) is not None


def test_leaving_is_confirmed_too() -> None:
    ended = lease.unsubscribed(verified(wanted=False), NOON)
    assert ask(ended, mode="unsubscribe") == ended
    assert ask(replace(ended, topic="https://x.example/"), mode="unsubscribe") is None


@pytest.mark.parametrize(
    ("text", "granted"),
    [
        ("3600", HOUR),
        ("0", timedelta(0)),
        (str(400 * 86_400), lease.LONGEST_LEASE),
        ("9" * 30, WISH),
        ("-5", WISH),
        ("1e9", WISH),
        ("\u0665", WISH),
        ("", WISH),
    ],
)
def test_the_hub_decides_how_long(text: str, granted: timedelta) -> None:
    known = ask(subscription(requested_at=NOON), lease_seconds=text)
    assert known.lease_until == NOON + granted
    assert known.next_at >= NOON + lease.PATIENCE


def test_p18_a_denial_is_heeded_for_a_week_and_its_reason_kept() -> None:
    known = ask(verified(), NOON + DAY, mode="denied", reason="no\nsuch topic" + "!" * 999)
    assert (known.state, known.lease_until, len(known.note)) == ("denied", None, 219)
    assert lease.step(known, NOON + 7 * DAY) is None
    assert lease.step(known, NOON + 8 * DAY) == "subscribe"
    assert (
        "gives no reason"
        in lease.answered(  # type: ignore[operator,union-attr]
            verified(), {"mode": "denied", "topic": TOPIC}, NOON, wish=WISH
        ).note
    )


def test_p18_when_the_lease_ends_pushes_have_no_effect_any_more() -> None:
    known = verified()
    end = NOON + 10 * DAY
    assert lease.live(known, end - MINUTE)
    assert not lease.live(known, end)
    assert lease.step(known, end) == "lapse"
    late = lease.lapsed(replace(known, next_at=end + HOUR))
    assert (late.state, lease.step(late, end), lease.step(late, end + HOUR)) == ("pending", None, "subscribe")
    for state in ("pending", "denied", "ended"):
        assert not lease.live(replace(known, state=state), NOON)
    assert not lease.live(replace(known, wanted=False), NOON)
    assert not lease.live(replace(known, lease_until=None), NOON)


# ------------------------------------------------------------------ a push


def test_p18_a_thousand_replays_bring_one_poll_in_a_quarter_of_the_floor() -> None:
    known, dues = verified(), []
    for second in range(1000):
        known, due = lease.pushed(known, NOON + timedelta(seconds=second / 10), FLOOR)
        dues.append(due)
    assert known.pushes == 1000
    assert [due for due in dues if due] == [NOON, NOON + FLOOR / 4]


def test_a_push_waits_for_freshness_and_for_a_silence_that_was_asked_for() -> None:
    known, due = lease.pushed(verified(not_before=NOON + HOUR), NOON, FLOOR)
    assert due == NOON + HOUR
    assert lease.pushed(known, NOON + MINUTE, FLOOR)[1] is None


def test_a_push_amid_a_poll_makes_the_feed_due_again_after_it() -> None:
    known, due = lease.pushed(verified(), NOON + MINUTE, FLOOR)
    poll = polled(NOON + 2 * MINUTE, began=NOON)
    assert lease.eased(known, poll, DAY, poll.at).next_poll_at == NOON + 2 * MINUTE
    fresh = replace(poll, state=replace(poll.state, not_before=NOON + 5 * MINUTE))
    assert lease.eased(known, fresh, DAY, poll.at).next_poll_at == NOON + 5 * MINUTE
    after = polled(NOON + 2 * MINUTE)
    assert lease.eased(known, after, DAY, after.at).next_poll_at > NOON + 15 * MINUTE
    assert due == NOON + MINUTE


def test_a_feed_that_is_behind_its_hub_is_asked_once_more() -> None:
    known = verified(called_at=NOON)
    assert lease.repeated(known, polled(NOON + MINUTE), 0, FLOOR) == NOON + FLOOR / 4
    assert lease.repeated(known, polled(NOON + HOUR), 0, FLOOR) == NOON + HOUR
    fresh = FeedState(next_poll_at=NOON + HOUR, not_before=NOON + 30 * MINUTE)
    assert lease.repeated(known, polled(NOON, state=fresh), 0, FLOOR) == NOON + 30 * MINUTE
    assert lease.repeated(known, polled(NOON + MINUTE), 1, FLOOR) is None
    assert lease.repeated(known, polled(NOON, attempts=(), outcome="failed"), 0, FLOOR) is None
    assert lease.repeated(known, polled(NOON + MINUTE, began=NOON - MINUTE), 0, FLOOR) is None
    assert lease.repeated(verified(), polled(NOON), 0, FLOOR) is None


def test_while_pushes_come_the_interval_doubles_up_to_the_ceiling() -> None:
    known = verified(pushes=1)
    poll = polled(NOON + HOUR)
    assert lease.eased(known, poll, DAY, poll.at).next_poll_at == poll.at + 30 * MINUTE
    assert lease.eased(known, poll, 20 * MINUTE, poll.at).next_poll_at == poll.at + 20 * MINUTE
    assert lease.eased(known, poll, MINUTE, poll.at).next_poll_at == poll.at + 15 * MINUTE
    assert lease.eased(known, poll, DAY, poll.at).interval == poll.state.interval


@pytest.mark.parametrize(
    "wrong",
    [
        {"pushes": 0},
        {"state": "distrusted"},
        {"lease_until": NOON},
        {"missed_at": NOON},
        {"state": "pending"},
    ],
)
def test_p18_without_pushes_the_learned_interval_holds(wrong: dict[str, Any]) -> None:
    known = replace(verified(pushes=1), **wrong)
    poll = polled(NOON + HOUR, attempts=())
    assert lease.eased(known, poll, DAY, poll.at) == poll.state


def test_a_failed_poll_keeps_its_own_schedule() -> None:
    poll = polled(NOON + HOUR, outcome="failed", wait=DAY)
    known = verified(pushes=1, called_at=NOON + HOUR)
    assert lease.eased(known, poll, DAY, poll.at) == poll.state
    assert lease.compared(known, None, poll, 0).not_before == NOON + HOUR + DAY


# ------------------------------------------------------------------ doubting


def test_a_hub_that_leaves_out_what_a_pull_finds_is_distrusted_after_ten_minutes() -> None:
    pull = polled(NOON + 2 * HOUR)
    known = lease.compared(verified(pushes=3, last_push_at=NOON + MINUTE), NOON + HOUR, pull, 2)
    assert known.missed_at == pull.at
    assert lease.step(known, pull.at + 9 * MINUTE) is None
    assert lease.step(known, pull.at + 10 * MINUTE) == "distrust"
    doubted = lease.distrusted(known, pull.at + 10 * MINUTE)
    assert doubted.state == "distrusted"
    assert "14:00:00Z" in (doubted.note or "")
    assert lease.step(doubted, doubted.next_at - MINUTE) is None
    assert doubted.next_at == pull.at + 10 * MINUTE + 7 * DAY
    assert lease.live(doubted, pull.at + HOUR)  # its pushes still do what they can
    again = lease.requested(doubted, doubted.next_at)
    assert ask(again, doubted.next_at + MINUTE).pushes == 0


def test_a_push_that_is_late_clears_the_hub() -> None:
    known = verified(missed_at=NOON + HOUR)
    heard, _ = lease.pushed(known, NOON + HOUR + 9 * MINUTE, FLOOR)
    assert heard.missed_at is None
    assert lease.step(heard, NOON + HOUR + 11 * MINUTE) is None


@pytest.mark.parametrize(
    ("more", "previous", "new"),
    [
        ({}, NOON + HOUR, 0),
        ({}, None, 1),
        ({}, NOON - HOUR, 1),
        ({"state": "distrusted"}, NOON + HOUR, 1),
        ({"verified_at": None}, NOON + HOUR, 1),
        ({"last_push_at": NOON + HOUR + MINUTE}, NOON + HOUR, 1),
        ({"last_push_at": NOON + HOUR - 9 * MINUTE}, NOON + HOUR, 1),  # the feed itself was behind
    ],
)
def test_what_is_no_reason_to_doubt(more: dict[str, Any], previous: Any, new: int) -> None:
    pull = polled(NOON + 2 * HOUR)
    assert lease.compared(verified(**more), previous, pull, new).missed_at is None


def test_the_first_miss_is_the_one_that_counts() -> None:
    known = verified(missed_at=NOON + HOUR)
    assert lease.compared(known, NOON + HOUR, polled(NOON + 2 * HOUR), 1).missed_at == NOON + HOUR


def test_the_silence_a_server_asked_for_is_remembered_from_poll_to_poll() -> None:
    state = FeedState(next_poll_at=NOON + HOUR, not_before=NOON + 30 * MINUTE)
    assert lease.compared(verified(), None, polled(NOON, state=state), 0).not_before == NOON + 30 * MINUTE
    assert lease.compared(verified(not_before=NOON), None, polled(NOON), 0).not_before is None
