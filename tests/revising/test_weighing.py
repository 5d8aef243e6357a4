"""Whether a later version makes another revision, and the reason that it is given."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import difference, revising
from crawler.document import Document
from crawler.model import (
    KILLS,
    Candidate,
    Change,
    Choice,
    Extraction,
    NoChange,
    Notice,
    Origin,
    PastRevision,
    Removed,
)
from crawler.revising import AGAIN, BOTH_EDITED, FEED_EDITED, PAGE_EDITED, UPGRADE, Caps, Version, essence
from tests.fakes import NOON
from tests.revising.samples import DOCUMENT, body

CAPS = Caps(day=2, total=4)
TEN = body(DOCUMENT.body.replace("nine metres", "ten metres"))
KILL = Notice(kind="kill", evidence="KILL NOTICE")


def version(*, notice: Notice | None = None, upgrade: bool = False, digest: str = "new", origin: Origin = Origin.PAGE,
            extractor: str = "one", removed: tuple[str, ...] = (), **sources: str) -> Version:  # fmt: skip
    told = {"title": "feed.title", "body": "page.container", "summary": "article.sentences"} | sources
    return Version(
        extraction=Extraction(
            origin=origin,
            body="",
            text="",
            extractor=extractor,
            removed=tuple(Removed(text=text, reason="frame") for text in removed),
        ),
        choices=tuple(
            Choice(field=field, winner=Candidate(source=source, value=""), rule="")
            for field, source in told.items()
        ),
        notice=notice,
        page_digest=digest,
        upgrade=upgrade,
    )


def revision(number: int = 1, reason: str = "first", *, hours: float = 48, **changes: Any) -> PastRevision:
    known = {"notice": None, "extractor": "one", "page_digest": "old", "essence": None} | changes
    return PastRevision(number=number, reason=reason, at=NOON - timedelta(hours=hours), **known)


def weighed(
    after: Document, told: Version | None = None, *past: PastRevision, before: Document = DOCUMENT
) -> Change | NoChange:
    told = told or version()
    found = revising.compared(before, after, known=(line.text for line in told.extraction.removed))
    return revising.weigh(told, found, past or (revision(),), now=NOON, caps=CAPS)


def reason(after: Document, told: Version | None = None, *past: PastRevision) -> str:
    found = weighed(after, told, *past)
    assert isinstance(found, Change), found
    return found.reason


# --------------------------------------------------------------------------- reasons


def test_the_first_revision_says_what_its_release_says() -> None:
    assert revising.first(None) == Change(reason="first")
    assert revising.first(replace(KILL, kind="correction")).standing == "correction"
    assert revising.first(KILL).standing == KILLS, "it kills another one, not itself"


@pytest.mark.parametrize(
    ("after", "told", "expected"),
    [
        (TEN, version(), PAGE_EDITED),
        (replace(DOCUMENT, title="Other"), version(), FEED_EDITED),
        (replace(TEN, title="Other"), version(), BOTH_EDITED),
        (replace(TEN, summary="<p>Other.</p>"), version(), PAGE_EDITED),
        (replace(DOCUMENT, summary="<p>Other.</p>"), version(summary="feed.summary"), FEED_EDITED),
        (TEN, version(digest="old"), AGAIN),
        (replace(TEN, title="Other"), version(digest="old"), FEED_EDITED),
        (TEN, version(extractor="two"), AGAIN),
        (TEN, version(origin=Origin.FEED), FEED_EDITED),
        (TEN, version(upgrade=True), UPGRADE),
        (body("<p>The berth is nine metres deep.</p><p>Ships came &amp; went.</p>"), version(removed=("Two cranes", "One tug")), AGAIN),
        (body("<p>The berth is nine metres deep.</p><p>Ships came &amp; went.</p>"), version(removed=("One tug",)), PAGE_EDITED),
    ],
)  # fmt: skip
def test_who_edited_is_told_by_what_differs(after: Document, told: Version, expected: str) -> None:
    assert reason(after, told) == expected


def test_a_revision_without_a_past_is_an_edit_too() -> None:
    found = revising.weigh(version(), revising.compared(DOCUMENT, TEN), (), now=NOON, caps=CAPS)
    assert isinstance(found, Change)
    assert found.reason == PAGE_EDITED


@pytest.mark.parametrize("kind", ["kill", "correction", "update", "repeat"])
def test_a_notice_is_the_reason_the_first_time_it_is_told(kind: Any) -> None:
    told = version(notice=Notice(kind=kind, evidence="…"))
    found = weighed(TEN, told)
    assert isinstance(found, Change)
    assert (found.reason, found.standing) == (kind, kind)
    again = weighed(TEN, told, revision(), revision(2, kind, notice=kind))
    assert isinstance(again, Change)
    assert (again.reason, again.standing) == (PAGE_EDITED, None)


def test_an_embargo_and_a_notice_about_another_release_are_no_reason() -> None:
    assert reason(TEN, version(notice=Notice(kind="embargo", evidence="…"))) == PAGE_EDITED
    assert reason(TEN, version(notice=KILL), revision(notice=KILLS)) == PAGE_EDITED


def test_a_draft_that_may_be_published_is_released_however_often_it_was_edited() -> None:
    held = replace(DOCUMENT, draft=True)
    past = [revision(), *(revision(number, FEED_EDITED, hours=1) for number in range(2, 9))]
    found = weighed(DOCUMENT, version(digest="old"), *past, before=held)
    assert isinstance(found, Change)
    assert found.reason == revising.EMBARGO_OVER
    assert isinstance(weighed(held, None, *past), NoChange)


def test_what_cannot_be_compared_is_captured_again() -> None:
    assert revising.again(version(), (revision(),)).reason == AGAIN
    assert revising.again(version(upgrade=True), (revision(),)).reason == UPGRADE
    assert revising.again(version(notice=KILL), (revision(),)) == Change(
        reason="kill", notice=KILL, standing="kill"
    )


# --------------------------------------------------------------------------- no revision


def test_an_edit_that_is_none_makes_no_revision() -> None:
    found = weighed(body(DOCUMENT.body.replace("<p>The", "<p> <b>The</b>")))
    assert found == NoChange(why="nothing that is read differs")


def test_what_an_earlier_revision_said_may_come_back_once() -> None:
    past = [revision(1, essence=essence.of(TEN)), revision(2, PAGE_EDITED, essence=essence.of(DOCUMENT))]
    back = weighed(TEN, None, *past)
    assert isinstance(back, Change)
    assert back.returns_to == 1
    past.append(revision(3, PAGE_EDITED, essence=essence.of(TEN)))
    past.append(revision(4, PAGE_EDITED, essence=essence.of(DOCUMENT)))
    assert isinstance(weighed(TEN, None, *past), NoChange)


def test_edits_are_capped_within_a_day_and_may_be_looked_at_again_after_it() -> None:
    past = [revision(), *(revision(number, PAGE_EDITED, hours=24 - number) for number in (2, 3))]
    found = weighed(TEN, None, *past)
    assert isinstance(found, NoChange)
    assert found.until == past[1].at + timedelta(days=1)
    assert found.until > NOON
    assert isinstance(weighed(TEN, version(notice=KILL), *past), Change)
    assert isinstance(weighed(TEN, version(upgrade=True), *past), Change)


def test_edits_are_capped_in_all() -> None:
    past = [revision(), *(revision(number, FEED_EDITED, hours=99) for number in range(2, 6))]
    found = weighed(TEN, None, *past)
    assert isinstance(found, NoChange)
    assert found.until is None
    assert isinstance(weighed(TEN, None, *past[:-1]), Change)


# --------------------------------------------------------------------------- size


def test_a_change_tells_its_size() -> None:
    found = revising.measured("x", DOCUMENT, TEN)
    assert (found.reason, found.fields, found.added, found.removed) == ("x", ("body",), 1, 1)
    assert found.kept == round(2 * 12 / 26, 4)
    assert (found.before, found.after) == (essence.of(DOCUMENT), essence.of(TEN))


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "block", ["<p>a</p>", "<p>line {0}</p>", "line {0} <a href='/{0}'>“it”</a> ", "<b>x</b>"]
)
def test_what_a_comparison_costs_grows_with_the_length_of_the_texts(block: str) -> None:
    def cost(count: int) -> float:
        before, after = (
            body("".join(block.format(number) for number in numbers))
            for numbers in (range(count), range(count, 0, -1))
        )
        began = process_time()
        revising.compared(before, after)
        return process_time() - began

    cost(10)
    few, many = (min(cost(count) for _ in range(3)) for count in (500, 4000))
    assert many < 8 * 4 * few + 0.05, (
        "eight times the text; comparing line by line would cost 64 times as much"
    )


def test_a_text_that_went_keeps_nothing_and_none_that_was_none_loses_nothing() -> None:
    assert revising.measured("x", DOCUMENT, body("")).kept == 0
    assert revising.measured("x", body(""), body("")).kept == 1


# --------------------------------------------------------------------------- word by word

PARAGRAPHS = st.lists(st.text("ab c.", max_size=12), max_size=8)


@given(PARAGRAPHS, PARAGRAPHS)
def test_the_worded_diff_holds_both_texts(one: list[str], other: list[str]) -> None:
    documents = [body("".join(f"<p>{line}</p>" for line in lines)) for lines in (one, other)]
    lines = difference.worded(*documents)
    plain = difference.between(*documents, lines=True).lines
    for mark in "-+":
        assert [line.text for line in lines if line.mark == mark] == [
            line[1:] for line in plain if line[0] == mark
        ]
    assert not any(differs for line in lines if line.mark in " @" for _, differs in line.parts)


def test_only_the_words_that_differ_are_marked() -> None:
    old, new = difference.worded(DOCUMENT, TEN)[1:3]
    assert old.parts == (("The berth is ", False), ("nine", True), (" metres deep.", False))
    assert new.parts == (("The berth is ", False), ("ten", True), (" metres deep.", False))


def test_lines_beyond_measure_are_not_compared_word_by_word() -> None:
    one, other = (" ".join(f"{sign}{n}" for n in range(600)) for sign in "ab")
    lines = difference.worded(body(f"<p>x {one} y</p>"), body(f"<p>x {other} y</p>"))
    assert [line.parts[1][1] for line in lines if line.mark != "@"] == [True, True]
