"""An article's HTML body as a terminal shows it."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from crawler.report.article import article, plain
from crawler.report.inspect import print_article

BODY = (
    "<h2>Terms</h2><p>The <strong>offer</strong> ends <a href='https://acme.example/x'>soon</a>.<br>Hurry.</p>"
    "<ul><li>one</li><li>two<ol><li>first</li><li>second</li></ol></li></ul>"
    "<blockquote><p>We are glad.</p></blockquote>"
    "<table><tr><th>Year</th><th>Sales</th></tr><tr><td>2024</td><td>7</td></tr></table>"
    "<p><img src='https://acme.example/i.png' alt='A plant'></p><p>\x1b[31mred &lt;b&gt;</p>"
)


def test_every_block_of_a_body_is_a_line() -> None:
    assert plain(BODY).split("\n\n") == [
        "Terms",
        "The offer ends soon.\nHurry.",
        "• one",
        "• two",
        "  1. first",
        "  2. second",
        "  We are glad.",
        "Year  │  Sales",
        "2024  │  7",
        "[image: A plant]",
        "\\x1b[31mred <b>",
    ]


def test_an_article_shows_its_title_its_facts_and_its_prose() -> None:
    stream = io.StringIO()
    Console(file=stream, width=80).print(article({"title": "A & B", "source": "Wire", "note": None}, BODY))
    text = stream.getvalue()
    assert text.index("A & B") < text.index("source") < text.index("The offer ends soon.")
    assert "note" not in text


def test_broken_markup_is_shown_rather_than_refused() -> None:
    assert plain("</ul></strong><li>x</blockquote><p>y<td>z") == "• x\n\ny\n\nz"


@pytest.mark.parametrize("terminal", [False, True])
def test_facts_are_told_in_words_and_those_that_are_none_not_at_all(terminal: bool) -> None:
    stream = io.StringIO()
    keys = {
        "title": "A & B",
        "date": "",
        "source": "Wire",
        "source_link": "https://a.example/1",
        "draft": True,
        "body": "<p>x</p>",
    }
    facts = {"origin": "page", "feed": "orbit", "path": "content/x.md", "revision": 2, "notice": None}
    print_article(facts, keys, Console(file=stream, width=80, force_terminal=terminal, color_system=None))
    lines = [" ".join(line.split()) for line in stream.getvalue().replace(":", "").splitlines()]
    assert "draft yes" in lines
    assert not {"None", "True"} & set(stream.getvalue().split())
    assert not any(line.startswith(("notice", "taken down", "date")) for line in lines)
