"""What differs between two files of one article."""

from __future__ import annotations

from dataclasses import replace
from time import process_time

from hypothesis import given
from hypothesis import strategies as st

from crawler import difference
from crawler.document import Document
from tests.revising.samples import DOCUMENT as BEFORE
from tests.revising.samples import body


def test_the_same_document_differs_in_nothing() -> None:
    found = difference.between(BEFORE, replace(BEFORE), lines=True)
    assert (found.fields, found.gone, found.come, found.lines) == ((), 0, 0, ())


def test_fields_are_named_in_the_order_of_the_file() -> None:
    after = replace(BEFORE, body="<p>New.</p>", title="Another", description="Other.", draft=True)
    assert difference.between(BEFORE, after).fields == ("title", "draft", "description", "body")


def test_a_line_that_went_counts_with_all_its_characters() -> None:
    found = difference.between(BEFORE, body(BEFORE.body.replace("<li>One tug</li>", "")))
    assert (found.gone, found.come) == (len("One tug"), 0)


def test_of_an_altered_line_only_what_was_altered_counts() -> None:
    found = difference.between(BEFORE, body(BEFORE.body.replace("nine metres", "nineteen metres")))
    assert (found.gone, found.come) == (0, len("teen"))


def test_the_diff_is_of_text_a_block_a_line() -> None:
    after = body(
        BEFORE.body.replace("Two cranes", "Three cranes").replace("&amp; went.", "&amp; went. About us.")
    )
    assert difference.between(BEFORE, after, lines=True).lines == (
        "@@ -1,4 +1,4 @@",
        " The berth is nine metres deep.",
        "-Two cranes",
        "+Three cranes",
        " One tug",
        "-Ships came & went.",
        "+Ships came & went. About us.",
    )


def test_where_only_markup_differs_the_diff_is_of_markup() -> None:
    after = body(BEFORE.body.replace("One tug", '<a href="https://tug.example/?a>b">One tug</a>'))
    found = difference.between(BEFORE, after, lines=True)
    assert (found.fields, found.gone, found.come) == (("body",), 0, 0)
    assert "-<li>One tug" in found.lines
    assert '+<li><a href="https://tug.example/?a>b">One tug</a>' in found.lines


def test_fields_that_differ_stand_before_the_text() -> None:
    found = difference.between(BEFORE, replace(BEFORE, title="Berth nine is open"), lines=True)
    assert found.lines[1:3] == ("-title: Lumen Harbor opens berth nine", "+title: Berth nine is open")
    assert not any("Ships" in line for line in found.lines)


def test_where_only_a_field_differs_what_stands_around_it_is_text() -> None:
    found = difference.between(BEFORE, replace(BEFORE, title="Berth nine is open"), lines=True)
    assert any(line.startswith(" ") for line in found.lines)
    assert not any("<" in line for line in found.lines if line.startswith(" "))


def test_no_diff_is_made_unless_it_is_asked_for() -> None:
    assert difference.between(BEFORE, body("<p>New.</p>")).lines == ()


def test_texts_of_very_many_lines_are_replaced_as_a_whole_but_for_what_they_share() -> None:
    many = [f"<p>{n * 7919 % 10007}</p>" for n in range(30_000)]
    before, after = body("<p>Start</p>" + "".join(many)), body("<p>Start</p>" + "".join(reversed(many)))
    started = process_time()
    found = difference.between(before, after, lines=True)
    assert process_time() - started < 5
    assert "-Start" not in found.lines
    assert len(found.lines) == 60_000
    assert found.gone == found.come > 100_000


def test_a_long_text_in_which_one_line_changed_shows_that_line() -> None:
    many = [f"<p>{n}</p>" for n in range(10_000)]
    after = [*many[:5000], "<p>new</p>", *many[5001:]]
    found = difference.between(body("".join(many)), body("".join(after)), lines=True)
    assert (found.gone, found.come) == (4, 3)
    assert found.lines == ("@@ -5000,3 +5000,3 @@", " 4999", "-5000", "+new", " 5001")


TEXTS = st.lists(st.text(st.sampled_from("ab c"), max_size=6), max_size=12)


@given(TEXTS, TEXTS)
def test_what_went_and_what_came_makes_up_the_difference_in_length(old: list[str], new: list[str]) -> None:
    def told(lines: list[str]) -> Document:
        return body("".join(f"<p>{line}</p>" for line in lines))

    def length(lines: list[str]) -> int:
        return len("\n".join(filter(None, (" ".join(line.split()) for line in lines))))

    found = difference.between(told(old), told(new))
    # Where a run of lines stands on one side only, the line end before it belongs to it.
    assert abs((found.come - found.gone) - (length(new) - length(old))) <= len(old) + len(new)
    again = difference.between(told(new), told(new))
    assert (again.gone, again.come) == (0, 0)


def test_a_body_is_told_block_by_block() -> None:
    assert difference.blocks("<p>One &amp; <b>two</b></p><ul><li>three</li></ul> four ") == [
        "One & two",
        "three",
        "four",
    ]
