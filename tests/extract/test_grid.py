"""Tables of any claimed size are read, and what they say is kept."""

from __future__ import annotations

import pytest
from lxml.html import HtmlElement, document_fromstring

from crawler.extract import grid


def tree(table: str) -> HtmlElement:
    return document_fromstring(f"<html><body><table>{table}</table></body></html>")


def tags(found: HtmlElement) -> set[str]:
    return {str(element.tag) for element in found.iter()}


@pytest.mark.parametrize(
    "table",
    ["<tr><td colspan=2>a</td></tr><tr><td rowspan='3'>b</td><td>c</td></tr>", "<tr><td colspan=many>a</td></tr>",
     "<tr><td colspan=0>a</td></tr>", "<tr><td colspan=1000000000 rowspan=65534>a</td></tr>", ""],
)  # fmt: skip
def test_a_table_of_sensible_size_stays_as_it_is(table: str) -> None:
    found = tree(table)
    before = [dict(cell.attrib) for cell in found.iter("td")]
    grid.bound(found)
    assert [dict(cell.attrib) for cell in found.iter("td")] == before
    assert "table" in tags(found)


def test_c37_spans_that_claim_too_much_are_not_believed() -> None:
    found = tree("<tr><td colspan=100 rowspan=65534>lamp</td></tr>" * 20)
    grid.bound(found)
    assert [dict(cell.attrib) for cell in found.iter("td")] == [{}] * 20
    assert found.text_content() == "lamp" * 20
    assert "table" in tags(found)


def test_c37_one_wide_row_above_many_is_no_table() -> None:
    found = tree(f"<tr>{'<td>a</td>' * 600}</tr>{'<tr><th>b</th><!-- c --></tr>' * 600}")
    grid.bound(found)
    assert tags(found) & {"table", "tr", "td", "th"} == set()
    assert found.text_content() == "a" * 600 + "b" * 600
