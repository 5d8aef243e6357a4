"""CSS selectors of host rules: what they find is what CSS says, and what cannot be read is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.etree import XPath
from lxml.html import document_fromstring

from crawler.config.selectors import selector

PAGE = document_fromstring("""
<body><div class="release body" id="text" data-kind="a b"><p>one</p><section><p title="it's">two</p></section>
<p class="note">three</p></div><p>four</p></body>""")


@pytest.mark.parametrize(
    ("css", "found"),
    [
        ("p", ["one", "two", "three", "four"]),
        ("div.release > p", ["one", "three"]),
        ("div.body.release section p", ["two"]),
        ("#text  p.note", ["three"]),
        (".note, section > *", ["two", "three"]),
        ("[data-kind~=b] > .note", ["three"]),
        ("[data-kind='a b']>p", ["one", "three"]),
        ("[data-kind^=a] .note", ["three"]),
        ('[data-kind$="b"] .note', ["three"]),
        ("[data-kind*=' '] .note", ["three"]),
        ('[title="it\'s"]', ["two"]),
        ("[ title ]", ["two"]),
        ("P.note", ["three"]),
        ("div[data-kind='x, y'], .note", ["three"]),
        (".not", []),
    ],
)
def test_a_selector_finds_what_it_would_in_a_style_sheet(css: str, found: list[str]) -> None:
    assert [element.text for element in XPath(selector(css).xpath)(PAGE)] == found


@pytest.mark.parametrize(
    "css", ["", "  ", "p:first-child", "div >", "> p", "a..b", "[x", "a,,b", "p + p", 3, None]
)
def test_what_cannot_be_read_is_told_with_a_cure(css: object) -> None:
    with pytest.raises(ValueError, match="write tags"):
        selector(css)


@given(st.text(alphabet="abp.#[]=~^$*'\" ,>-_1:()", max_size=20))
def test_whatever_is_read_can_be_looked_for(css: str) -> None:
    try:
        made = selector(css)
    except ValueError:
        return
    XPath(made.xpath)(PAGE)
