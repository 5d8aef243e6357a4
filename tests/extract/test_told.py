"""All that a page says of a field is kept, with who says it and how; what read it is named with its version."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from crawler.extract import extract, extract_entry
from crawler.extract.told import merged
from crawler.model import Candidate, Entry, Extraction
from tests.extract.pages import LAST, LEAD, MIDDLE, article, document, page

TITLE = "Lanternfield opens a second plant"


def read(
    head: str = "", inside: str = "", url: str = "https://wire.example/a", **options: bool
) -> Extraction:
    return extract(page(document(inside or article(), head=head), url=url), **options)


def said(found: Extraction, field: str) -> list[tuple[str, str]]:
    return [(one.source, one.value) for one in found.candidates[field]]


def test_every_title_of_the_page_is_kept_with_who_says_it() -> None:
    found = read('<meta property="og:title" content="A second plant opens at Lanternfield">')
    assert said(found, "title") == [
        ("page.h1", TITLE),
        ("page.og:title", "A second plant opens at Lanternfield"),
        ("page.window title", f"{TITLE} | Example Wire"),
    ]


def test_every_date_is_kept_with_the_zone_it_was_written_in() -> None:
    found = read(
        '<meta property="article:published_time" content="2025-01-06T10:30:00+01:00">'
        '<meta name="date" content="2025-01-06 10:30">'
        '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2025-01-07"}</script>',
        url="https://wire.example/2025/01/08/plant",
        want_date=False,
    )
    assert [(one.source, one.value, one.note) for one in found.candidates["date"]] == [
        ("page.meta article:published_time", "2025-01-06T09:30:00Z", 'written "2025-01-06T10:30:00+01:00"'),
        ("page.json-ld datePublished", "2025-01-07T00:00:00Z", 'written "2025-01-07", a day'),
        ("page.meta date", "2025-01-06T10:30:00Z", 'written "2025-01-06 10:30", no zone, UTC assumed'),
        ("page.url", "2025-01-08T00:00:00Z", 'written "2025-01-08", a day'),
    ]


def test_the_day_of_the_dateline_is_a_candidate() -> None:
    lead = f"NORDHAVN, March 3, 2025 (QUAYWIRE) -- {LEAD}"
    found = read(
        '<meta name="date" content="2025-03-04">',
        f"<h1>{TITLE}</h1><p>{lead}</p><p>{MIDDLE}</p>",
        want_date=False,
    )
    assert found.date == datetime(2025, 3, 4, tzinfo=UTC)
    assert ("page.dateline", "2025-03-03T00:00:00Z") in said(found, "date")


def test_the_dateline_tells_the_day_where_nothing_else_does() -> None:
    lead = f"NORDHAVN, March 3, 2025 (QUAYWIRE) -- {LEAD}"
    found = read("", f"<h1>{TITLE}</h1><p>{lead}</p><p>{MIDDLE}</p>", want_date=False)
    assert (found.date, found.date_from) == (datetime(2025, 3, 3, tzinfo=UTC), "dateline")
    assert found.date_raw == "March 3, 2025"


def test_a_day_in_the_text_is_no_dateline_and_a_day_to_come_no_publication() -> None:
    for lead in (f"{LEAD} It was on March 3, 2025.", f"NORDHAVN, March 3, 2031 (QUAYWIRE) -- {LEAD}"):
        found = read("", f"<h1>{TITLE}</h1><p>{lead}</p><p>{MIDDLE}</p>", want_date=False)
        assert (found.date, found.candidates["date"]) == (None, ())


def test_languages_are_kept_as_declared_and_as_the_words_suggest() -> None:
    found = read('<meta property="og:locale" content="de_DE">')
    assert said(found, "language") == [("page.html lang, page.words", "en"), ("page.og:locale", "de-DE")]


def test_lead_images_and_authors_are_kept_with_who_names_them() -> None:
    found = read(
        '<meta property="og:image" content="/a.jpg"><meta name="twitter:image" content="https://wire.example/b.jpg">'
        '<meta name="author" content="Ada Brook"><meta name="byl" content="Ada Brook">'
    )
    assert found.image == "https://wire.example/a.jpg"
    assert said(found, "image") == [
        ("page.meta og:image", "https://wire.example/a.jpg"),
        ("page.meta twitter:image", "https://wire.example/b.jpg"),
    ]
    assert said(found, "author") == [("page.meta author, page.meta byl", "Ada Brook")]


def test_the_body_knows_which_reading_it_is_and_the_other_is_told() -> None:
    found = read()
    assert found.body_from == "trafilatura"
    [other] = found.candidates["body"]
    assert other.source == "page.container"
    assert re.fullmatch(r"\d+ characters", other.value)
    assert other.note == "agrees by 1.00; its headings and lists were put back"


def test_embedded_state_is_a_source_of_its_own() -> None:
    body = "".join(f"<p>{text}</p>" for text in (LEAD, MIDDLE, LAST))
    data = f'<script type="application/json">{{"title": "{TITLE}", "body": "{body}"}}</script>'
    found = read(data, "<p>Loading the article.</p>")
    assert found.body_from == "embedded state"
    assert found.text.startswith(LEAD)
    assert [one.note for one in found.candidates["body"]] == ["the page shows next to no text"]


def test_what_read_the_page_is_named_with_its_version() -> None:
    for tool in ("crawler", "trafilatura", "lxml", "htmldate", "nh3"):
        assert re.search(rf"\b{tool} \d+\.\d+", read().tools)


def test_the_feeds_own_content_is_read_by_named_tools_too() -> None:
    found = extract_entry(Entry(key="x", position=0, content=f"<p>{LEAD}</p>"))
    assert found is not None
    assert (found.body_from, found.tools) == ("feed", read().tools)


@pytest.mark.parametrize("count", [1, 30])
def test_values_are_kept_once_cut_and_not_without_end(count: int) -> None:
    found = merged(
        Candidate(source=f"s{number}", value=f"{number % 12} " + "x" * 400) for number in range(count)
    )
    assert len(found) == min(count, 8)
    assert {len(one.value) for one in found} == {300}
