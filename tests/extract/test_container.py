"""Where the article stands by the shape of the page alone."""

from __future__ import annotations

import pytest
from lxml.html import HtmlElement, document_fromstring

from crawler.extract import clean, container
from crawler.extract.blocks import Reader
from tests.extract.pages import LAST, LEAD, MIDDLE

TEXT = f"<p>{LEAD}</p><p>{MIDDLE}</p><p>{LAST}</p>"


def parsed(body: str) -> HtmlElement:
    return document_fromstring(f"<html><body>{body}</body></html>")


def read(body: str) -> list[str]:
    found = container.find(parsed(body))
    if found is None:
        return []
    return clean.plain(Reader(base="", without=found.furniture).read(found.element)).split("\n")


def test_the_container_is_the_innermost_element_with_most_of_the_prose() -> None:
    found = container.find(
        parsed(f"<div id=a><div id=b>{TEXT}</div><p>One more line of text, but a short one.</p></div>")
    )
    assert found is not None
    assert found.element.get("id") == "b"


@pytest.mark.parametrize("body", ["", "<p>Short.</p>", f"<p><a href='/x'>{LEAD}</a></p>"])
def test_a_page_without_prose_has_no_container(body: str) -> None:
    assert container.find(parsed(body)) is None


def test_a_fragment_without_a_body_is_read_as_it_is() -> None:
    root = parsed(TEXT)
    assert container.find(root.find("body")) is not None


@pytest.mark.parametrize(
    "furniture",
    [
        "<aside><p>{}</p></aside>",
        "<div class='related-stories'><p>{}</p></div>",
        "<div id='newsletter'><div class='sponsor'><p>{}</p></div><p>{}</p></div>",
        "<section class='comments'><p>{}</p></section>",
    ],
)
def test_furniture_inside_the_article_is_left_out(furniture: str) -> None:
    note = "Nordhavn has three harbours, all of which freeze in winter."
    assert read(f"<main>{TEXT}{furniture.format(note, note)}<p>{LAST}</p></main>") == [
        LEAD,
        MIDDLE,
        LAST,
        LAST,
    ]


@pytest.mark.parametrize(
    "wrapper", ["<div class='comment-page'>{}</div>", "<aside>{}</aside>", "<nav><div>{}</div></nav>"]
)
def test_an_element_around_most_of_the_prose_is_the_article_whatever_it_is_called(wrapper: str) -> None:
    assert read(wrapper.format(TEXT)) == [LEAD, MIDDLE, LAST]


def test_a_list_of_links_is_left_out_and_a_list_of_words_is_not() -> None:
    links = "<ul><li><a href='/a'>More lamps</a></li><li><a href='/b'>More shades</a></li></ul>"
    words = "<ul><li>Desk lamps</li><li>Wall lamps</li></ul>"
    assert read(f"<main><p>{LEAD}</p>{links}{words}<p>{MIDDLE}</p></main>") == [
        LEAD,
        "Desk lamps",
        "Wall lamps",
        MIDDLE,
    ]


def test_linked_words_inside_prose_are_prose() -> None:
    assert read(f"<main><p>{LEAD} <b>See <a href='/x'>the lamps</a></b>.</p><p>{MIDDLE}</p></main>")[
        0
    ].startswith(LEAD)
