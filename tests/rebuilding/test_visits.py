"""What became of a visit, judged by what was kept of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from crawler import statement
from crawler.errors import BadRedirect, BadStatus, CrawlError, HostPaused, NoArticle, Unreachable
from crawler.model import KILLED, Captured, DueItem, Failed, Origin, Recheck, Statement, Verdict
from crawler.rebuilding import visits
from tests.rebuilding.test_plan import NOON, visit
from tests.store import examples
from tests.test_statement import claim_of, due_item

ROW = tuple(timedelta(hours=hours) for hours in (1, 6, 24, 168))
LOOK = visits.look(visit(), due_item(), NOON, NOON, ())


def stated(*reasons: str, ok: bool = False) -> Statement:
    item = due_item()
    record = examples.record(
        item, claim_of(item), origin=Origin.FEED, verdict=Verdict(ok=ok, reasons=reasons)
    )
    return statement.of(record, item, None)


@pytest.mark.parametrize(
    ("reason", "kind", "status"),
    [
        ("BadStatus: https://a.example/1: answered 404 Not Found", BadStatus, 404),
        ("BadStatus: it said nothing of a number", BadStatus, 0),
        ("HostPaused: it answered 429 and asked to wait", HostPaused, 429),
        ("NoArticle: the page is not the article: consent page", NoArticle, None),
        ("Unreachable: connection reset by peer", Unreachable, None),
        ("BadRedirect: redirected in a circle", BadRedirect, None),
    ],
)
def test_the_reason_of_a_fallback_is_the_error_again(
    reason: str, kind: type[CrawlError], status: int | None
) -> None:
    fault = visits.fault(stated(reason))
    assert type(fault) is kind
    assert str(fault) == reason.partition(": ")[2]
    assert getattr(fault, "status", None) == status


@pytest.mark.parametrize("reasons", [(), ("stub",), ("consent page: no",), ("Path: no error of ours",)])
def test_other_reasons_are_no_errors(reasons: tuple[str, ...]) -> None:
    assert visits.fault(stated(*reasons)) is None
    assert visits.fault(stated("NoArticle: fine after all", ok=True)) is None


def test_what_failed_is_tried_again_when_it_would_have_been() -> None:
    gone = visits.fault(stated("BadStatus: answered 410 Gone"))
    assert visits.retry_at(gone, 0, NOON, 8) is None
    later = visits.fault(stated("BadStatus: answered 503 Service Unavailable"))
    assert visits.retry_at(later, 0, NOON, 8) == NOON + timedelta(minutes=5)
    assert visits.retry_at(None, 0, NOON, 8) is None


def outcome(item: DueItem, own: int | None, other: int | None) -> Captured | Failed:
    return visits.outcome(visit(), item, own, other, LOOK, limit=8)


def test_a_visit_without_a_revision_confirmed_belonged_to_another_or_brought_nothing() -> None:
    item = due_item()
    confirmed, twin, nothing = outcome(item, 3, 4), outcome(item, None, 4), outcome(item, None, None)
    assert isinstance(confirmed, Captured)
    assert (confirmed.outcome, confirmed.article_id, confirmed.look) == ("unchanged", 3, LOOK)
    assert isinstance(twin, Captured)
    assert (twin.outcome, twin.article_id) == ("duplicate", 4)
    assert isinstance(nothing, Failed)
    assert nothing.stage == "rebuild"
    assert nothing.retry_at == NOON + timedelta(minutes=5)


def test_a_visit_that_left_an_embargoed_article_as_it_was_is_made_again() -> None:
    held = replace(due_item(), standing=Origin.PAGE, held=True)
    due = {
        item: visits.outcome(visit(), item, 3, None, LOOK, limit=8).retry_at
        for item in (held, replace(held, held=False), replace(held, notice=KILLED))
    }
    assert due == {held: visit().at, replace(held, held=False): None, replace(held, notice=KILLED): None}


def test_looks_that_were_missed_are_not_made_up_for() -> None:
    item = replace(due_item(), first_seen=NOON)
    item = replace(item, entry=replace(item.entry, published=NOON))
    now = visits.look(visit(), item, NOON, NOON + timedelta(hours=7), ROW)
    assert (now.at, now.done) == (NOON + timedelta(hours=24), 0)
    assert visits.look(visit(), item, NOON, NOON + timedelta(days=8), ROW).at is None
    looked = replace(item, recheck=Recheck(article_id=1, archived=NOON - timedelta(hours=6)))
    again = visits.look(visit(), looked, NOON, NOON, ROW)
    assert (again.at, again.done) == (NOON + timedelta(hours=18), 2)
    undated = replace(item, entry=replace(item.entry, published=None))
    assert visits.look(visit(), undated, NOON, NOON, ROW).at == NOON + timedelta(hours=1)
