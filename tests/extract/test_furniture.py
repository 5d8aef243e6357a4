"""Lines that recur on one host's pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extract import furniture
from crawler.extract.block import Block
from crawler.extract.furniture import Frame, learned, recurring, without
from tests.extract.pages import LAST, LEAD, MIDDLE

NOTE = "Follow Example Wire on every network"


def block(text: str, kind: str = "p") -> Block:
    return Block(kind=kind, html=f"<{kind}>{text}</{kind}>", text=text)


def after(pages: int, *lines: str) -> Frame:
    frame = Frame()
    for number in range(pages):
        frame = learned(frame, (f"Release number {number}", *lines))
    return frame


def test_a_line_on_most_pages_is_taken_out_and_explained() -> None:
    kept, removed = without(
        [block(LEAD), block("FOLLOW Example-Wire on every network!"), block(LAST)], after(6, NOTE)
    )
    assert [each.text for each in kept] == [LEAD, LAST]
    assert [(each.text, each.reason) for each in removed] == [
        ("FOLLOW Example-Wire on every network!", "stands on 6 of 6 pages of this host")
    ]


def test_too_few_pages_say_nothing() -> None:
    assert recurring(after(furniture.PAGES - 1, NOTE)) == frozenset()
    assert without([block(LEAD), block(NOTE)], after(furniture.PAGES - 1, NOTE))[1] == ()


def test_a_line_on_fewer_than_half_of_the_pages_stays() -> None:
    frame = after(4, NOTE)
    for number in range(5):
        frame = learned(frame, [f"Another release {number}"])
    assert without([block(LEAD), block(NOTE)], frame)[1] == ()


def test_a_line_counts_once_a_page_and_signs_do_not_count() -> None:
    frame = learned(Frame(), [NOTE, NOTE.upper(), "***", ""])
    assert frame == Frame(pages=1, counts={furniture.key(NOTE): 1})


def test_the_closing_matter_of_a_release_stays() -> None:
    blocks = [block(LEAD), block("About Lanternfield"), block(LAST)]
    assert without(blocks, after(9, "About Lanternfield", LAST)) == (blocks, ())


def test_an_article_of_nothing_but_furniture_stays_whole() -> None:
    figure = Block(kind="figure", html="<figure></figure>")
    assert without([figure, block(NOTE)], after(9, NOTE)) == ([figure, block(NOTE)], ())


def test_a_list_goes_only_with_all_its_lines() -> None:
    frame = after(9, "Home", "News")
    kept, removed = without([block(LEAD), block("Home\nNews", "ul"), block("Home\nLamps", "ul")], frame)
    assert [each.text for each in kept] == [LEAD, "Home\nLamps"]
    assert len(removed) == 1


def test_old_pages_are_forgotten_by_and_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(furniture, "MEMORY", 10)
    frame = after(10, NOTE)
    assert frame == Frame(pages=5, counts={furniture.key(NOTE): 5})


def test_only_so_many_lines_are_remembered_the_rarest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(furniture, "LINES", 3)
    frame = after(8, NOTE, MIDDLE)
    assert len(frame.counts) == 3
    assert {furniture.key(NOTE), furniture.key(MIDDLE)} <= set(frame.counts)


@given(st.lists(st.lists(st.text(max_size=12), max_size=5), max_size=12))
def test_what_recurs_stood_on_at_least_half_of_the_pages(pages: list[list[str]]) -> None:
    frame = Frame()
    for lines in pages:
        frame = learned(frame, lines)
    for found in recurring(frame):
        assert 2 * sum(found in {furniture.key(line) for line in lines} for lines in pages) >= len(pages)
