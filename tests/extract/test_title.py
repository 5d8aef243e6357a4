"""The headline: which text it is, and that the body does not repeat it."""

from __future__ import annotations

import pytest

from crawler.extract import extract
from crawler.extract.title import without_site
from tests.extract.pages import LAST, LEAD, MIDDLE, document, page

REST = f"<p>{LEAD}</p><p>{MIDDLE}</p><p>{LAST}</p>"


def titled(article: str, head: str = "") -> tuple[str | None, str | None]:
    found = extract(page(document(article, head=head)))
    return found.title, found.title_from


def test_the_h1_nearest_to_the_metadata_is_the_headline() -> None:
    article = f"<h1>Example Wire</h1><h1>Lanternfield opens a\n second plant in Nordhavn</h1>{REST}"
    assert titled(article) == ("Lanternfield opens a second plant in Nordhavn", "h1")


def test_without_a_fitting_h1_the_metadata_name_the_page() -> None:
    head = '<meta property="og:title" content="Lamps &amp;amp; shades: a second plant"><meta property="og:site_name" content="Example Wire">'
    assert titled(f"<h1>Newsroom</h1>{REST}", head) == ("Lamps & shades: a second plant", "og:title")
    assert titled(f"<h1>Newsroom</h1>{REST}") == ("Lanternfield opens a second plant | Example Wire", "title")


def test_json_ld_names_the_page_before_the_others() -> None:
    head = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "A plant for lamps"}</script>'
    assert titled(REST, head) == ("A plant for lamps", "json-ld")


def test_an_h1_is_the_headline_where_nothing_else_names_the_page() -> None:
    found = extract(page(f"<html><body><h1></h1><h1>A plant for lamps</h1>{REST}</body></html>"))
    assert (found.title, found.title_from) == ("A plant for lamps", "h1")


def test_a_page_that_names_itself_nowhere_has_no_title() -> None:
    found = extract(page(f"<html><body>{REST}</body></html>"))
    assert (found.title, found.title_from) == (None, None)


@pytest.mark.parametrize(
    ("title", "sites", "expected"),
    [
        ("A plant | Example Wire", ["Example Wire"], "A plant"),
        ("A plant - The Example Wire", ["Example Wire"], "A plant"),
        ("A plant – for lamps", ["Example Wire"], "A plant – for lamps"),
        ("A plant|wire.example", [], "A plant"),
        ("A plant · WIRE", [], "A plant"),
        ("A plant: wire transfers - a wire guide", [], "A plant: wire transfers - a wire guide"),
        ("新工場 | 灯野", ["灯野"], "新工場"),
        ("A plant", ["A"], "A plant"),
        ("A plant - !", ["!"], "A plant - !"),
    ],
)
def test_only_the_sites_name_is_cut_off(title: str, sites: list[str], expected: str) -> None:
    assert without_site(title, sites, "wire.example") == expected


def test_the_site_may_be_known_from_json_ld_or_from_the_host() -> None:
    publisher = '{"@type": "NewsArticle", "publisher": {"name": "Example Wire"}}'
    head = f'<script type="application/ld+json">{publisher}</script>'
    assert titled(REST, head)[0] == "Lanternfield opens a second plant"
    source = document(REST).replace("| Example Wire", "| wire.example")
    assert extract(page(source)).title == "Lanternfield opens a second plant"


def test_the_headline_and_one_line_before_it_are_not_the_body() -> None:
    article = f"<p>Press release of the company</p><h2>Lanternfield opens a second plant</h2>{REST}"
    assert extract(page(document(article))).text.split("\n")[0] == LEAD


def test_a_headline_after_two_lines_goes_alone() -> None:
    first, second = "The first line of the text is here.", "The second line of the text is here."
    article = f"<p>{first}</p><p>{second}</p><h2>Lanternfield opens a second plant</h2>{REST}"
    assert extract(page(document(article))).text.split("\n")[:3] == [first, second, LEAD]


def test_a_first_sentence_that_says_what_the_headline_says_stays() -> None:
    sentence = "Lanternfield Ltd opens a second plant."
    article = f"<h1>Lanternfield opens a second plant</h1><p>{sentence}</p>{REST}"
    assert extract(page(document(article))).text.split("\n")[:2] == [sentence, LEAD]


def test_a_long_line_before_the_headline_is_the_article_already() -> None:
    article = f"<p>{LEAD}</p><h2>Lanternfield opens a second plant</h2><p>{MIDDLE}</p><p>{LAST}</p>"
    assert extract(page(document(article))).text.split("\n") == [LEAD, MIDDLE, LAST]


def test_a_headline_far_down_is_part_of_the_text() -> None:
    article = f"{REST}<p>{LEAD} Again.</p><p>{MIDDLE} Again.</p><h2>Lanternfield opens a second plant</h2><p>{LAST} Again.</p>"
    assert "Lanternfield opens a second plant" in extract(page(document(article))).text.split("\n")
