"""Where feed, page and text disagree about a field, the article's provenance says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.model import Candidate
from tests.test_article import ENTRY, FOUND, PUBLISHED, chosen, made

DAY = timedelta(days=1)


def dated(*days: str, **changes: object) -> str:
    told = tuple(Candidate(source=f"page.{number}", value=day) for number, day in enumerate(days))
    draft = made(replace(ENTRY, **changes), replace(FOUND, candidates={"date": told}))
    return chosen(draft, "date").winner.note


def test_a_page_that_names_another_day_than_the_feed_is_flagged() -> None:
    assert dated("2025-02-24T00:00:00Z") == "another day by page.0 2025-02-24"
    assert dated("2025-02-24T00:00:00Z", "2025-03-03T00:00:00Z", "2025-02-20T08:00:00Z") == (
        "another day by page.0 2025-02-24, page.2 2025-02-20"
    )


@pytest.mark.parametrize(
    "day", ["2025-03-03T00:00:00Z", "2025-03-04T00:00:00Z", "2025-03-03T22:00:00Z", "2025-03-02T23:00:00Z"]
)
def test_days_that_are_one_somewhere_on_earth_do_not_disagree(day: str) -> None:
    assert dated(day) == ""


def test_a_page_without_a_date_does_not_disagree() -> None:
    assert dated() == ""


def test_the_page_date_alone_is_heard_where_its_sources_are_not_told() -> None:
    draft = made(found=replace(FOUND, date=PUBLISHED - 9 * DAY, date_raw="2025-02-22T14:00:00Z"))
    assert chosen(draft, "date").winner.note == "another day by page.date 2025-02-22"


def test_the_first_sight_is_no_publication_and_disagrees_with_nobody() -> None:
    draft = made(replace(ENTRY, published=None), replace(FOUND, date=datetime(2031, 1, 1, tzinfo=UTC)))
    assert chosen(draft, "date").winner.source == "first_seen"
    assert chosen(draft, "date").winner.note == ""


@pytest.mark.parametrize("year", [1, 9999])
def test_dates_at_the_ends_of_time_are_compared_too(year: int) -> None:
    assert dated(f"{year:04}-12-31T23:00:00Z") == f"another day by page.0 {year:04}-12-31"


def test_headlines_that_have_nothing_in_common_are_flagged() -> None:
    draft = made(found=replace(FOUND, title="Ferry timetable of the islands changes on Sunday"))
    assert chosen(draft, "title").winner.note == "the page is headed quite otherwise"
    assert chosen(made(), "title").winner.note == ""
    assert chosen(made(found=replace(FOUND, title=None)), "title").winner.note == ""


def test_a_feed_whose_cut_title_is_of_another_release_is_flagged() -> None:
    draft = made(replace(ENTRY, title="…"))
    assert chosen(draft, "title").winner.note == "the feed is headed quite otherwise"


def test_languages_of_feed_page_and_words_are_compared() -> None:
    words = (Candidate(source="page.html lang", value="en"), Candidate(source="page.words", value="de"))
    draft = made(replace(ENTRY, language="en-US"), replace(FOUND, candidates={"language": words}))
    choice = chosen(draft, "language")
    assert (choice.winner.source, choice.winner.value) == ("page.language", "en")
    assert choice.winner.note == "another language by the words of the text de"
    assert chosen(made(replace(ENTRY, language="en-US")), "language").winner.note == ""


def test_an_article_of_no_known_language_has_no_choice_of_one() -> None:
    draft = made(found=replace(FOUND, language=None))
    assert "language" not in [choice.field for choice in draft.choices]


def test_all_that_the_page_says_stands_behind_the_losers() -> None:
    told = (
        Candidate(source="page.og:title", value="A plant"),
        Candidate(source="page.json-ld", value="B", note="why"),
    )
    draft = made(found=replace(FOUND, candidates={"title": told, "image": told[:1], "body": told[1:]}))
    assert [(one.source, one.note) for one in chosen(draft, "title").losers] == [
        ("page.title", "another came first"),
        ("page.og:title", "the page says so too"),
        ("page.json-ld", "why"),
    ]
    assert chosen(draft, "enclosure").losers[-1].source == "page.og:title"
    assert chosen(draft, "body").losers[-1].source == "page.json-ld"


def test_the_reading_that_gave_the_body_is_its_source() -> None:
    draft = made(found=replace(FOUND, body_from="embedded state"))
    assert chosen(draft, "body").winner.source == "page.embedded state"
