"""The headline: which text it is, and that the body does not repeat it."""

from __future__ import annotations

import pytest

from crawler.extract import extract
from crawler.extract.naming import without_site
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


# --------------------------------------------------------------------------- headings against metadata

NAMED = '<meta property="og:title" content="{0}"><meta name="twitter:title" content="{0}">'
PLANT = "Lanternfield opens a second plant"


@pytest.mark.parametrize(
    "heading",
    [
        f"<h1><span>Lamps</span> {PLANT}</h1>",
        f"<h1><span>Lamps:</span><span>{PLANT}</span></h1>",
        f"<h1>Lamps | {PLANT}</h1>",
        f"<h1><span>Workers call it the best news in many years</span><span>{PLANT}</span></h1>",
        f"<h1>{PLANT} <small>Posted by the newsroom</small></h1>",
        f"<h1><b>{PLANT}</b> of lamps</h1>",
    ],
)
def test_a_label_set_apart_in_the_heading_is_not_the_headline(heading: str) -> None:
    assert titled(f"{heading}{REST}", NAMED.format(PLANT)) == (PLANT, "h1")


@pytest.mark.parametrize(
    "heading",
    [f"At last: {PLANT}", f"{PLANT}, at last", f"Lamps, shades, feet, cords, plugs and more: {PLANT}"],
)
def test_what_is_not_set_apart_is_part_of_the_headline(heading: str) -> None:
    assert titled(f"<h1>{heading}</h1>{REST}", NAMED.format(PLANT)) == (heading, "h1")


def test_a_heading_whose_lines_are_elements_is_read_with_spaces() -> None:
    assert titled(f"<h1>Lanternfield opens<br>a second<br>plant</h1>{REST}") == (PLANT, "h1")


def test_an_h1_in_a_trail_of_links_is_not_the_headline() -> None:
    trail = "<ul><li><a href='/'>News</a></li><li><h1>Lanternfield: plant, lamps, jobs</h1></li></ul>"
    assert titled(f"{trail}<h2>{PLANT}</h2>{REST}") == (PLANT, "h2")


def test_an_h1_in_a_box_called_breadcrumb_is_not_the_headline() -> None:
    trail = "<div id='x' class='page-breadcrumbs'><span><h1>Lanternfield opens plant</h1></span></div>"
    assert titled(f"{trail}<h2>{PLANT}</h2>{REST}") == (PLANT, "h2")


def test_a_label_before_the_whole_title_makes_a_heading_no_other() -> None:
    heading = f"<h2><i>Lamps, shades, feet, cords, plugs and more</i> <b>{PLANT}</b></h2>"
    assert titled(f"<h1>Newsroom</h1>{heading}{REST}", NAMED.format(PLANT))[1] == "h2"


def test_a_far_h2_is_no_headline() -> None:
    assert titled(f"<h2>What else is new</h2>{REST}") == (f"{PLANT} | Example Wire", "title")


def test_three_metadata_that_agree_outweigh_a_heading_that_says_otherwise() -> None:
    other = "A second plant for Lanternfield in Nordhavn"
    head = NAMED.format(other) + '<meta property="og:site_name" content="Example Wire">'
    source = document(f"<h1>{PLANT}</h1>{REST}", head=head).replace(f"<title>{PLANT}", f"<title>{other}")
    found = extract(page(source))
    assert (found.title, found.title_from) == (other, "og:title")


def test_metadata_that_only_lengthen_or_shorten_the_heading_do_not_outweigh_it() -> None:
    head = NAMED.format(f"{PLANT} for lamps") + '<meta property="og:site_name" content="Example Wire">'
    source = document(f"<h1>{PLANT}</h1>{REST}", head=head).replace(
        f"<title>{PLANT}", f"<title>{PLANT} for lamps"
    )
    assert extract(page(source)).title == PLANT


def test_metadata_that_do_not_all_begin_alike_outweigh_nothing() -> None:
    other = "A second plant for Lanternfield in Nordhavn"
    ld = f'<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "{other}"}}</script>'
    assert titled(f"<h1>{PLANT}</h1>{REST}", NAMED.format(other) + ld) == (PLANT, "h1")


def test_what_stands_behind_an_agreed_title_is_the_sites_name() -> None:
    head = f'<meta property="og:title" content="{PLANT}">'
    source = document(f"<h1>Trade News of Nordhavn</h1><h2>{PLANT}</h2>{REST}", head=head)
    found = extract(page(source.replace("Example Wire</title>", "Trade News of Nordhavn</title>")))
    assert (found.title, found.title_from) == (PLANT, "h2")


def test_the_title_most_metadata_give_names_a_page_without_headings() -> None:
    head = (
        NAMED.format("Plant for lamps")
        + '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "A plant"}</script>'
    )
    assert titled(REST, head) == ("Plant for lamps", "og:title")
