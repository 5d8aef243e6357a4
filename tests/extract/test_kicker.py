"""What stands above the headline is told apart from the article: an embargo may stand there."""

from __future__ import annotations

from copy import deepcopy

import lxml.html
import pytest

from crawler.extract import extract, kicker
from tests.extract.pages import LAST, LEAD, MIDDLE, document, page

REST = f"<p>{LEAD}</p><p>{MIDDLE}</p><p>{LAST}</p>"
TITLE = "Lanternfield opens a second plant"
LINE = "EMBARGOED UNTIL 06:00 GMT 3 March"


def above(before: str, *, within: str = "<article>{}</article>") -> str:
    """What is read above the headline."""
    found = extract(page(document(within.format(f"{before}<h1>{TITLE}</h1>{REST}"))))
    assert found.title == TITLE
    return found.above


@pytest.mark.parametrize(
    "before",
    [
        f"<p>{LINE}</p>",
        f"{LINE}",
        "<div><strong>EMBARGOED</strong>\nUNTIL <time>06:00 GMT</time> 3 March</div>",
        f"<div>Posted in Ports<br>{LINE}</div>",
        f"<p>{LINE}</p><nav><ul><li>Home</li><li>News</li></ul></nav>",
        f"<p>{LINE}</p><p>{'a long standfirst ' * 40}</p>",
        f"<p>One</p><p>Two</p><p>{LINE}</p><p>By a reporter</p><p>2 March</p><p>Nordhavn</p>",
    ],
    ids=["paragraph", "bare", "inline", "break", "menu", "standfirst", "lines"],
)
@pytest.mark.parametrize("within", ["<article>{}</article>", "<main><article>{}</article></main>"])
def test_a_line_above_the_headline_is_read_apart_from_the_article(before: str, within: str) -> None:
    assert LINE in above(before, within=within).split("\n")


def test_what_the_article_lacks_is_there() -> None:
    found = extract(page(document(f"<article><p>{LINE}</p><h1>{TITLE}</h1>{REST}</article>")))
    assert (LINE in found.text, found.above) == (False, LINE)


@pytest.mark.parametrize(
    "before",
    [
        f"<nav><p>{LINE}</p></nav>",
        f"<ul><li>{LINE}</li></ul>",
        f"<article><p>{LINE}</p></article>",
        f"<aside>{LINE}</aside>",
        f"<p>{LINE}</p>" + "<p>one line more</p>" * kicker.LINES,
    ],
    ids=["menu", "list", "article", "aside", "far"],
)
def test_menus_other_articles_and_what_is_far_above_are_not(before: str) -> None:
    assert LINE not in above(before)


def test_outside_the_main_part_nothing_is_read() -> None:
    assert above("", within=f"<p>{LINE}</p><main>{{}}</main>") == ""
    assert above("", within=f"<p>{LINE}</p><div role='main'>{{}}</div>") == ""
    assert above("", within=f"<p>{LINE}</p><div><div>{{}}</div></div>") == LINE


def test_a_page_without_a_heading_has_nothing_above_it() -> None:
    assert extract(page(document(f"<p>{LINE}</p>{REST}"))).above == ""


def test_of_a_huge_menu_only_the_end_is_looked_at() -> None:
    menu = "".join(f"<div><span>entry {number}</span></div>" for number in range(2000))
    assert above(menu).split("\n") == [f"entry {number}" for number in range(1996, 2000)]


def test_a_heading_without_any_container_has_its_siblings_above_it() -> None:
    alone = deepcopy(lxml.html.fragment_fromstring(f"<div><p>{LINE}</p><h1>{TITLE}</h1></div>"))
    heading = alone.find("h1")
    assert kicker.above(heading) == LINE
