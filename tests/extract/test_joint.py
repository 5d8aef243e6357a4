"""What two readings of a page say together."""

from __future__ import annotations

from collections.abc import Sequence

import lxml.html
import pytest

from crawler.extract import Effort, extract, headline, joint
from crawler.extract.block import Block
from crawler.extract.body import scored
from tests.extract.pages import LAST, LEAD, MIDDLE, article, document, page

HEAD = "<h1>Lanternfield opens a second plant</h1>"
NOTE = "Sign up and we will send you the best of our lamps on every Friday of the whole year."


def blocks(*texts: str, kind: str = "p") -> list[Block]:
    return [Block(kind=kind, html=f"<{kind}>{text}</{kind}>", text=text) for text in texts]


def texts(found: list[Block]) -> list[str]:
    return [block.text for block in found]


def test_readings_of_the_same_words_are_alike_and_of_others_are_not() -> None:
    one = blocks(LEAD, MIDDLE)
    assert joint.alike(one, blocks(LEAD.upper(), MIDDLE)) > 0.99
    assert joint.alike(one, blocks(LAST)) == 0.0
    assert joint.alike([], []) == 0.0


def cut(one: list[Block], other: list[Block], third: Sequence[Block] = ()) -> list[str]:
    return texts(joint.without_tail(one, other, lambda: third))


def test_what_follows_the_last_block_of_both_is_cut() -> None:
    assert cut(blocks(LEAD, "Between.", MIDDLE, NOTE), blocks(LEAD, MIDDLE)) == [LEAD, "Between.", MIDDLE]


def test_readings_that_share_nothing_cut_nothing() -> None:
    assert cut(blocks(LEAD), blocks(NOTE)) == [LEAD]


def test_a_figure_at_the_end_stays() -> None:
    figure = Block(kind="figure", html="<figure></figure>")
    assert joint.without_tail([*blocks(LEAD), figure], blocks(LEAD), list) == [*blocks(LEAD), figure]


def test_a_long_tail_stays_where_a_third_reading_has_it_too() -> None:
    long = blocks(LEAD, MIDDLE, LAST + " First.", LAST + " Second.")
    assert cut(long, blocks(LEAD, MIDDLE), long) == texts(long)
    assert cut(long, blocks(LEAD, MIDDLE), blocks(LEAD, LAST + " Second.")) == [LEAD, MIDDLE]


def test_a_short_tail_goes_without_asking_a_third_reading() -> None:
    def never() -> list[Block]:
        raise AssertionError

    assert texts(joint.without_tail(blocks(LEAD, MIDDLE, NOTE), blocks(LEAD, MIDDLE), never)) == [
        LEAD,
        MIDDLE,
    ]


def test_a_reading_that_is_but_one_paragraph_does_not_tell_where_an_article_ends() -> None:
    assert cut(blocks(LEAD, MIDDLE), blocks(LEAD)) == [LEAD, MIDDLE]


@pytest.mark.parametrize(
    "closing",
    [
        "About Lanternfield",
        "Media Contact:",
        "Pressekontakt",
        "Forward-Looking Statements",
        "SOURCE Lanternfield",
    ],
)
def test_what_closes_a_release_stays_though_it_stands_apart(closing: str) -> None:
    assert cut(blocks(LEAD, MIDDLE, closing, NOTE), blocks(LEAD, MIDDLE)) == [LEAD, MIDDLE, closing, NOTE]
    assert cut(blocks(LEAD, MIDDLE, closing, NOTE), blocks(LEAD, MIDDLE, closing)) == [
        LEAD,
        MIDDLE,
        closing,
        NOTE,
    ]


def test_what_closes_a_release_does_not_stand_at_its_beginning() -> None:
    assert cut(blocks("Contact:", LEAD, MIDDLE, NOTE), blocks(LEAD, MIDDLE)) == ["Contact:", LEAD, MIDDLE]


def test_a_line_that_is_part_of_another_is_said() -> None:
    assert len(cut(blocks(LEAD, "The first lamps would reach shops"), blocks(LEAD, MIDDLE))) == 2


def test_in_an_endless_reading_only_whole_lines_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joint, "_SEARCHED", 10)
    assert cut(blocks(LEAD, "The first lamps would reach shops"), blocks(LEAD, MIDDLE)) == [LEAD]


def test_a_block_is_said_when_most_of_its_lines_are() -> None:
    listed = blocks("Desk lamps\nWall lamps\nCandles")
    assert cut(blocks(LEAD) + listed, blocks(LEAD, "Desk lamps", "Wall lamps")) == [LEAD, listed[0].text]


def test_a_reading_in_one_block_is_a_lump_where_the_other_has_its_parts() -> None:
    parts = blocks(LEAD, MIDDLE, LAST)
    assert joint.is_lump(blocks(f"{LEAD} {MIDDLE} {LAST} {NOTE}"), parts)
    assert not joint.is_lump(blocks(f"{LEAD} {MIDDLE} {LAST}", NOTE), parts)
    assert not joint.is_lump(blocks(f"{LEAD} {MIDDLE}"), parts)
    assert not joint.is_lump(blocks(f"{LEAD} {MIDDLE}"), blocks(LEAD, MIDDLE))
    assert not joint.is_lump(blocks(LEAD), blocks("•", "•", "•"))


def test_what_only_one_reading_has_before_the_first_common_block_goes() -> None:
    figure = Block(kind="figure", html="<figure></figure>")
    one = [figure, *blocks("Read by the newsroom", "A standfirst about lamps", LEAD)]
    kept = joint.without_head(one, (blocks(LEAD), blocks("A standfirst about lamps", LEAD)))
    assert kept == [figure, *blocks("A standfirst about lamps", LEAD)]


def test_lost_headings_and_lists_return_to_their_place() -> None:
    there = (
        blocks(LEAD)
        + blocks("What is new", kind="h2")
        + blocks("Brighter\nCheaper", kind="ul")
        + blocks(MIDDLE)
    )
    assert texts(joint.with_structure(blocks(LEAD, MIDDLE, LAST), there)) == [
        LEAD,
        "What is new",
        "Brighter\nCheaper",
        MIDDLE,
        LAST,
    ]


def test_lost_paragraphs_do_not_return_nor_structure_between_blocks_that_are_no_neighbours() -> None:
    assert texts(joint.with_structure(blocks(LEAD, MIDDLE), blocks(LEAD, NOTE, MIDDLE))) == [LEAD, MIDDLE]
    there = blocks(LEAD) + blocks("What is new", kind="h2") + blocks(LAST)
    assert texts(joint.with_structure(blocks(LEAD, MIDDLE, LAST), there)) == [LEAD, MIDDLE, LAST]


def test_structure_returns_to_its_place_among_blocks_that_say_the_same() -> None:
    there = blocks(LEAD, "The same.") + blocks("What is new", kind="h2") + blocks(MIDDLE, "The same.", LAST)
    found = joint.with_structure(blocks(LEAD, "The same.", MIDDLE, "The same.", LAST), there)
    assert texts(found) == texts(there)


def test_a_figure_is_not_taken_for_a_line_of_signs() -> None:
    figure = Block(kind="figure", html="<figure></figure>")
    there = [*blocks(LEAD), *blocks("What is new", kind="h2"), figure, *blocks(MIDDLE, "* * *", LAST)]
    found = joint.with_structure(blocks(LEAD, MIDDLE, "* * *", LAST), there)
    assert texts(found) == [LEAD, "What is new", MIDDLE, "* * *", LAST]


def test_structure_that_is_already_there_does_not_return() -> None:
    there = blocks(LEAD) + blocks("What is new", kind="h2") + blocks(MIDDLE)
    assert texts(joint.with_structure(blocks(LEAD, "What is new", MIDDLE), there)) == [
        LEAD,
        "What is new",
        MIDDLE,
    ]


def test_a_reading_is_far_longer_from_a_multiple_on() -> None:
    assert joint.is_far_longer(blocks(LEAD * 5), blocks(LEAD))
    assert not joint.is_far_longer(blocks(LEAD * 4), blocks(LEAD))


@pytest.mark.parametrize("effort", ["fast", "balanced", "best"])
@pytest.mark.parametrize(("line", "last"), [(NOTE, LAST), ("Media contact: Ada Reed, +1 555 0100", None)])
def test_the_tail_behind_the_article_is_cut_but_for_a_releases_closing_lines(
    line: str, last: str | None, effort: Effort
) -> None:
    tail = f"<div><p>{line}</p></div>"
    source = document(f"<div>{article('<p>' + LAST + ' Too.</p>')}</div>{tail}")
    assert extract(page(source), effort=effort).text.split("\n")[-1] == (last or line)


FAQ = "".join(f"<p>{MIDDLE} Question {number}.</p>" for number in range(4))


def test_a_long_tail_is_judged_by_the_paragraphs_in_it() -> None:
    told = "".join(f"<p>{LAST} Part {number}, and more.</p>" for number in range(12))
    tail = f"<div class='faq'>{FAQ}</div>"
    source = document(f"<h1>Lanternfield opens a second plant</h1><div>{told}</div>{tail}")
    assert "Question 3." in extract(page(source)).text


def test_what_stands_before_the_headline_goes_where_the_other_reading_has_none_of_it() -> None:
    figure = Block(kind="figure", html="<figure></figure>")
    head = [*blocks("What our advice means", NOTE, "We earn a commission.", "You pay no more."), figure]
    told = blocks("Lanternfield opens a second plant", kind="h2") + blocks(LEAD, MIDDLE)
    title = "Lanternfield opens a second plant"
    assert headline.begin(head + told, title, blocks(LEAD, MIDDLE)) == told
    assert headline.begin(head + told, title, blocks(NOTE, LEAD)) == head + told
    assert headline.begin(head + told, None, blocks(LEAD)) == head + told
    assert (
        headline.begin(blocks(*"abcdefghijklmn") + told, title, blocks(LEAD))
        == blocks(*"abcdefghijklmn") + told
    )
    assert headline.begin(blocks(title, LEAD), title, []) == blocks(title, LEAD)


def test_an_article_without_paragraphs_is_not_archived_as_one_block() -> None:
    parts = [f"{text} Part {number}." for number in range(3) for text in (LEAD, MIDDLE, LAST)]
    sections = "".join(f"<section>{part}</section>" for part in parts)
    found = extract(page(document(f"<h1>Lanternfield opens a second plant</h1>{sections}")))
    assert found.text.split("\n") == parts
    assert found.body_from == "container"


def test_the_fast_reading_believes_the_shape_where_the_rules_miss_the_article() -> None:
    hidden = "".join(f"<p>{LEAD} {MIDDLE} Part {n}.</p>" for n in range(12))
    short = (
        "Only these lines stand in what is called the article of this page, and nobody has written more. " * 4
    )
    source = f"<html><body><article><p>{short}</p><p>{short}</p></article><div>{hidden}</div></body></html>"
    found = extract(page(source), effort="fast")
    assert "Part 11." in found.text
    assert found.body_from == "container"


def test_the_best_reading_drops_lines_before_the_article_that_precision_drops_too() -> None:
    assert extract(page(document(article())), effort="best").text.split("\n") == [LEAD, MIDDLE, LAST]


def test_the_third_reading_finds_the_element_with_the_sentences_and_leaves_the_tree_alone() -> None:
    sentences = "".join(
        f"<p>The brewery of Lantern Bay, founded in 1881, filled {n} casks on Monday, more than ever.</p>"
        for n in range(8)
    )
    page = f"<html><body><ul><li><a href='/'>Home</a></li></ul><div id='x'>{sentences}</div></body></html>"
    tree = lxml.html.document_fromstring(page)
    before = lxml.html.tostring(tree)
    text = scored(tree).text_content()
    assert "7 casks" in text
    assert "Home" not in text
    assert lxml.html.tostring(tree) == before
