"""Articles that only the data of a page's scripts hold."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crawler.errors import NoArticle
from crawler.extract import extract
from tests.extract.pages import LAST, LEAD, MIDDLE, article, document, page

TITLE = "Lanternfield opens a second plant"
MARKUP = f"<p>{LEAD}</p><h2>What is new</h2><p>{MIDDLE}</p><p>{LAST}</p>"


def shell(data: Any, shown: str = "<p>Loading the article.</p>", kind: str = "application/json") -> str:
    source = data if isinstance(data, str) else json.dumps(data)
    return document(shown, head=f'<script id="__DATA__" type="{kind}">{source}</script>')


def told(title: str = TITLE, **values: Any) -> dict[str, Any]:
    return {"props": {"items": [1, {"story": {"title": title, **values}}, ["x"]]}}


def test_an_article_that_only_the_data_hold_is_read_with_its_structure() -> None:
    found = extract(page(shell(told(bodyHtml=MARKUP))))
    assert found.text.split("\n") == [LEAD, "What is new", MIDDLE, LAST]
    assert "<h2>What is new</h2>" in found.body


@pytest.mark.parametrize(
    "data",
    [
        told("The weather in Nordhavn this week", body=MARKUP),
        told(body="Too short."),
        told(caption=MARKUP),
        told(body="<br>" * 200),
        told(bodies=[MARKUP]),
        "{not json" + " " * 500,
    ],
)
def test_other_articles_and_other_texts_in_the_data_are_not_believed(data: Any) -> None:
    try:
        text = extract(page(shell(data))).text
    except NoArticle:
        text = ""
    assert LEAD not in text


def test_data_are_not_asked_where_the_page_shows_its_article() -> None:
    other = told(body=f"<p>{LAST}</p>" * 3)
    assert extract(page(shell(other, shown=article()))).text.split("\n") == [LEAD, MIDDLE, LAST]


def test_scripts_that_are_no_data_are_not_read() -> None:
    source = shell(told(body=MARKUP), kind="text/javascript").replace("</head>", "<!-- json --></head>")
    try:
        text = extract(page(source)).text
    except NoArticle:
        text = ""
    assert LEAD not in text


def test_a_page_without_a_title_is_not_told_by_its_data() -> None:
    source = f'<html><body><script type="application/json">{json.dumps(told(body=MARKUP))}</script><p>Loading it.</p></body></html>'
    with pytest.raises(NoArticle):
        extract(page(source.replace("<p>Loading it.</p>", "")))
