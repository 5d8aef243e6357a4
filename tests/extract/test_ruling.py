"""What a person wrote about a host's pages is done, recorded, and given up where it finds nothing."""

from __future__ import annotations

from typing import Any

from crawler.config.selectors import selector
from crawler.extract import extract
from crawler.model import Extraction, HostRule, Ruled
from tests.extract.pages import LAST, LEAD, MIDDLE, document, page

SIDE = "<div class='side'><p>Quay Courier readers also looked at the timetable of the ferry to the islands.</p></div>"
INSIDE = (
    f"<h1>News</h1><h2 class='head'>Lanternfield opens a second plant</h2><div class='release'><p>{LEAD}</p>{SIDE}"
    f"<ul><li>One <b>lamp</b></li><li>Two lamps</li></ul><p>{MIDDLE}</p></div><div class='release'><p>{LAST}</p></div>"
    f"<div class='tail'><p>{LAST.replace('1974', '1975')}</p></div>"
)


def ruled(**parts: Any) -> Extraction:
    made = {
        name: tuple(map(selector, value))
        if name == "remove"
        else value
        if name == "cut_at"
        else selector(value)
        for name, value in parts.items()
    }
    return extract(page(document(INSIDE)), rule=HostRule(host="wire.example", **made))


def test_a_rules_body_is_the_article_with_its_structure() -> None:
    found = ruled(body="div.release", remove=["div.side"])
    assert found.text.split("\n") == [LEAD, "One lamp", "Two lamps", MIDDLE, LAST]
    assert "<ul><li>One <strong>lamp</strong></li>" in found.body
    assert found.body_from == "host rule"
    assert found.ruled == Ruled(won=("body: div.release", "remove: div.side"))


def test_a_body_may_be_named_by_its_paragraphs_and_lists() -> None:
    found = ruled(body="div.release > p, div.release > ul")
    assert found.text.split("\n") == [LEAD, "One lamp", "Two lamps", MIDDLE, LAST]
    assert "<ul><li>One <strong>lamp</strong></li><li>Two lamps</li></ul>" in found.body


def test_an_element_inside_another_is_read_once() -> None:
    assert ruled(body="div.release, div.release p").text.count(LEAD) == 1


def test_a_body_that_finds_nothing_falls_back_and_says_so() -> None:
    found = ruled(body="div.gone", remove=["div.gone"])
    assert LEAD in found.text
    assert found.body_from == "trafilatura"
    assert found.ruled == Ruled(missed=("body: div.gone",))


def test_a_body_without_text_to_speak_of_is_none() -> None:
    assert ruled(body="h1").ruled == Ruled(missed=("body: h1",))


def test_a_rules_title_wins_over_what_the_page_says() -> None:
    found = ruled(title="h1")
    assert (found.title, found.title_from) == ("News", "host rule")
    assert found.candidates["title"][0].source == "page.host rule"
    assert found.ruled == Ruled(won=("title: h1",))


def test_a_title_that_finds_nothing_falls_back_and_says_so() -> None:
    found = ruled(title="h5")
    assert found.title == "Lanternfield opens a second plant"
    assert found.ruled == Ruled(missed=("title: h5",))


def test_an_article_ends_before_the_line_at_which_it_is_cut() -> None:
    found = ruled(cut_at=("The company said",))
    assert LEAD in found.text
    assert MIDDLE not in found.text
    assert found.ruled == Ruled(won=("cut_at: The company said",))


def test_the_first_line_never_cuts() -> None:
    found = ruled(body="div.release", cut_at=("Lanternfield Ltd",))
    assert found.text.startswith(LEAD)
    assert LAST in found.text


def test_a_host_without_a_rule_has_nothing_to_say_of_one() -> None:
    assert extract(page(document(INSIDE))).ruled is None


def test_the_whole_document_is_never_removed() -> None:
    assert LEAD in ruled(remove=["html"]).text
