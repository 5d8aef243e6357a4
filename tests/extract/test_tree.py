"""Markup that libxml2 reads and lxml cannot carry further is mended before it becomes a tree (C44)."""

from __future__ import annotations

import pytest

from crawler.extract import extract, tree
from tests.extract.pages import LAST, LEAD, MIDDLE, document, page


@pytest.mark.parametrize("form", ["&#{0};", "&#x{0:x};", "&#X00{0:X};", "&#00{0};", "&#{0} "])
def test_c44_references_to_control_characters_cost_no_page(form: str) -> None:
    for code in [*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF]:
        sign = form.format(code)
        blocks = f"<h1>A plant</h1><p>{LEAD}{sign}<style>p{{}}</style>{sign}</p><p>{MIDDLE}</p><p>{LAST}</p>"
        found = extract(page(document(blocks)), want_date=False, effort="fast")
        assert LEAD in found.text, sign


def test_c44_other_references_stay_what_they_are() -> None:
    kept = b"&#9;&#10;&#13;&#xA;&#32;&#39;&#x27;&#127;&#160;&#xa0;&#311;&#x1f600;&#655340;&#x1ffff0;&#;&#x;"
    assert tree._CONTROL.sub(b"", kept) == kept
    assert tree._CONTROL.sub(b"", b"a&#1;b&#x1F;c&#31d&#65535;e") == b"abcde"


def test_c44_an_element_of_a_name_that_cannot_be_written_costs_no_page() -> None:
    for tag in ('<meta&b;charset="big5">', "<a&>", "<p\x00x>", "<a<b>", "<é:ü>"):
        found = extract(page(document(f"<h1>A plant</h1><p>{LEAD}</p>{tag}<p>{MIDDLE}</p><p>{LAST}</p>")))
        assert LEAD in found.text, tag
