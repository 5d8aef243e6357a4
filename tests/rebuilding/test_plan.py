"""Numbers that a lost database had given, found again: each once, by the revisions, the visits, the neighbours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from crawler.model import Attempt, RawRecord, ToldDamage, ToldFile, ToldRevision, ToldVisit
from crawler.model.feed import NO_VALIDATORS
from crawler.rebuilding.plan import Known, Plan

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)


def record(offset: int = 0) -> RawRecord:
    return RawRecord(
        url="https://wire.example/1", file="warc/a.warc.gz", offset=offset, length=10, payload="0" * 64,
        revisit=False, written_at=NOON,
    )  # fmt: skip


def visit(**about: str) -> ToldVisit:
    attempt = Attempt(url="https://wire.example/1", started_at=NOON, number=1, status=200, raw=record())
    return ToldVisit(attempts=(attempt,), validators=NO_VALIDATORS, about=about)


def known(*numbers: int, feed: str = "all", seen: datetime = NOON) -> Plan:
    plan = Plan()
    for number in numbers:
        plan.know(f"url:wire.example/{number}", Known(number, seen, feed))
    return plan


def keys(*names: int) -> list[tuple[str, str | None]]:
    return [(f"url:wire.example/{name}", None) for name in names]


def test_a_revision_tells_the_number_and_its_neighbours_theirs() -> None:
    found = known(4, 6).numbered("all", keys(3, 4, 5, 6, 7))
    assert found == {f"url:wire.example/{number}": number for number in (3, 4, 5, 6, 7)}


def test_no_number_is_guessed_that_another_item_has() -> None:
    plan = known(4, 5, 9)
    assert plan.numbered("all", keys(4, 50)) == {"url:wire.example/4": 4}
    assert plan.numbered("all", keys(60, 70)) == {}


def test_a_visit_tells_the_number_of_an_item_that_was_never_archived() -> None:
    plan = Plan()
    plan.read(
        visit(kind="page", feed="all", guid="urn:1", item="7", run="2", via="https://wire.example/feed")
    )
    assert plan.numbered("all", [("guid:urn:1", "urn:1")]) == {"guid:urn:1": 7}
    assert plan.numbered("all", [("guid:urn:1#2", "urn:1")]) == {}, "it was given"
    assert plan.highest == 7
    assert [run.number for run in plan.runs.values()] == [2]


def test_a_poll_is_over_when_its_new_items_were_first_seen() -> None:
    plan = known(1, 2, seen=NOON + timedelta(seconds=3))
    assert plan.moment(["url:wire.example/1"], "all", NOON) == (NOON + timedelta(seconds=3), 0)
    assert plan.moment(["url:wire.example/1"], "other", NOON) == (NOON + timedelta(seconds=3), 1)
    assert plan.moment(["url:wire.example/1"], "all", NOON + timedelta(hours=1))[0] == NOON + timedelta(
        hours=1
    )
    assert plan.moment(["url:elsewhere.example/1"], "all", NOON) == (NOON, 0)


def test_what_cannot_be_read_is_damage_and_the_first_file_begins_the_story() -> None:
    plan = Plan()
    plan.read(ToldFile(path="warc/a.warc.gz", software="wire-crawler/1.2", at=NOON))
    plan.read(ToldFile(path="warc/b.warc.gz", software="wire-crawler/1.3", at=NOON + timedelta(days=1)))
    plan.read(ToldDamage(path="warc/a.warc.gz", offset=5, why="broken"))
    plan.read(ToldRevision(statement=b"{}", detail=b"{}", record=record(9), page=None, at=NOON))
    assert (plan.began, plan.revisions) == (NOON, 0)
    assert [one.offset for one in plan.damage] == [5, 9]


def test_a_feed_that_only_requests_tell_of_is_called_by_its_name() -> None:
    plan = Plan()
    plan.read(visit(kind="feed", feed="Old Wire", via="https://old.example/feed"))
    feed = plan.feeds["Old Wire"]
    assert (feed.url, feed.source, feed.source_key) == ("https://old.example/feed", "Old Wire", "oldwire")


@given(
    numbers=st.lists(st.integers(1, 60), unique=True, max_size=30),
    polls=st.lists(st.lists(st.integers(1, 60), unique=True, max_size=12), max_size=8),
)
def test_no_number_is_given_twice(numbers: list[int], polls: list[list[int]]) -> None:
    plan, given_out, seen = known(*numbers), list[int](), set[int]()
    for poll in polls:
        fresh = [name for name in poll if name not in seen]
        seen.update(fresh)
        found = plan.numbered("all", keys(*fresh))
        given_out += found.values()
        assert all(found[f"url:wire.example/{name}"] == name for name in fresh if name in numbers)
    assert len(given_out) == len(set(given_out))
