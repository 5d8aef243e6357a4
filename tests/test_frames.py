"""Lines that recur on one host's pages: what is remembered, and from when on a line is said to recur."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import frames
from crawler.frames import Known, frame, key, learned, lines, packed, unpacked
from crawler.model import NO_FRAME, Line

NOTE = "Follow Example Wire on every network"
WORDS = (
    "amber brook cedar delta ember fjord grove heath islet jetty knoll ledge marsh north ocean pearl".split()
)


def release(number: int) -> str:
    """A text of which no line stands in another's."""
    words = [WORDS[(number * step + step) % len(WORDS)] for step in range(1, 9)]
    return "\n".join(
        f"Release {number} tells of {word} and {number} {word}s, at some length" for word in words
    )


def after(pages: int, *own: str, start: int = 0, known: Known | None = None) -> Known:
    known = known or Known()
    for number in range(start, start + pages):
        known = learned(known, lines("\n".join((release(number), *own))))
    return known


def test_a_line_on_most_pages_recurs_and_is_shown_as_it_begins() -> None:
    known = after(6, NOTE)
    assert frame(known).lines == {key(NOTE): 6}
    assert frame(known).pages == 6
    assert known.texts == {key(NOTE): NOTE}


def test_nothing_is_known_of_a_host_without_pages() -> None:
    assert frame(Known()) is NO_FRAME


def test_too_few_pages_say_nothing() -> None:
    assert frame(after(frames.PAGES - 1, NOTE)).lines == {}
    assert frame(after(frames.PAGES, NOTE)).lines == {key(NOTE): frames.PAGES}


def test_a_line_on_fewer_than_half_of_the_pages_does_not_recur() -> None:
    assert frame(after(6, start=20, known=after(5, NOTE))).lines == {}
    assert frame(after(5, start=20, known=after(5, NOTE))).lines == {key(NOTE): 5}


def test_a_line_on_three_of_five_pages_may_do_so_by_chance() -> None:
    assert frame(after(2, start=20, known=after(3, NOTE))).lines == {}


def test_the_same_release_at_many_addresses_does_not_make_its_own_lines_recur() -> None:
    known = Known()
    for number in range(12):
        known = learned(known, lines(f"{release(1)}\nFetched for the time {number}\n{NOTE}"))
    assert frame(known) == frame(after(1, NOTE))
    assert len(known.pages) == 1


def test_a_form_that_is_filled_in_every_day_is_one_text() -> None:
    form = "Net asset values\nThe company announces that the net asset value of a share was, at the end of the day"
    known = Known()
    for number in range(9):
        known = learned(known, lines(f"{form}\n{number}.{number} cents"))
    assert len(known.pages) == 1


def test_an_edited_release_takes_the_place_of_its_older_text() -> None:
    known = after(6, NOTE)
    again = learned(known, lines(f"{release(0)}\nAn added line\n{NOTE}"))
    assert len(again.pages) == 6
    assert again.pages[-1][-1] == key(NOTE)


def test_old_pages_are_forgotten_so_that_a_new_frame_is_learnt() -> None:
    known = after(frames.WINDOW, "The old frame")
    known = after(frames.WINDOW // 2 + 1, NOTE, start=100, known=known)
    assert set(frame(known).lines) == {key(NOTE)}
    assert len(known.pages) == frames.WINDOW


def test_a_line_counts_once_a_page_and_neither_case_nor_spaces_nor_end_marks_count() -> None:
    [line] = lines(f"{NOTE}\n{NOTE.upper()}!\n ***\n\n- Follow  Example Wire on every network:")
    assert line == Line(key=key(NOTE), length=len(NOTE), text=NOTE)


def test_a_line_of_signs_is_none() -> None:
    assert (key("* * *"), key("…"), lines("###\n---")) == ("", "", ())


def test_a_page_without_lines_teaches_nothing() -> None:
    known = after(6, NOTE)
    assert learned(known, ()) == known


def test_of_a_long_page_the_first_and_the_last_lines_are_remembered() -> None:
    kept = lines("\n".join(f"line {number}" for number in range(500)))
    assert len(kept) == frames.LINES
    assert (kept[0].text, kept[-1].text) == ("line 0", "line 499")


def test_a_recurring_line_that_was_not_seen_lately_keeps_its_text() -> None:
    known = after(1, start=50, known=after(8, NOTE))
    assert known.texts == {key(NOTE): NOTE}


pages = st.lists(st.lists(st.text(max_size=12), max_size=5), max_size=12)


@given(pages)
def test_what_is_packed_is_unpacked_the_same(found: list[list[str]]) -> None:
    kept = tuple(tuple(line.key for line in lines("\n".join(page))) for page in found)
    assert unpacked(packed(kept)) == kept


@given(pages)
def test_what_recurs_stood_on_at_least_half_of_the_remembered_pages(found: list[list[str]]) -> None:
    known = Known()
    for page in found:
        known = learned(known, lines("\n".join(page)))
    for name, count in frame(known).lines.items():
        assert count == sum(name in page for page in known.pages)
        assert count >= max(frames.LEAST, len(known.pages) / 2)


def test_a_bytes_page_has_at_most_as_many_lines_as_a_byte_counts() -> None:
    assert frames.LINES < 256


@pytest.mark.parametrize("text", ["\ud800 lone", "ß", "日本語の行"])
def test_any_text_has_a_key(text: str) -> None:
    assert len(key(text)) == 12
