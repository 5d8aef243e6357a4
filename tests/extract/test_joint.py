"""What two readings of a page say together."""

from __future__ import annotations

import pytest

from crawler.extract import Effort, extract, joint
from crawler.extract.block import Block
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


def test_what_follows_the_last_block_of_both_is_cut() -> None:
    assert texts(joint.without_tail(blocks(LEAD, "Between.", MIDDLE, NOTE), blocks(LEAD, MIDDLE))) == [
        LEAD,
        "Between.",
        MIDDLE,
    ]


def test_readings_that_share_nothing_cut_nothing() -> None:
    assert texts(joint.without_tail(blocks(LEAD), blocks(NOTE))) == [LEAD]


def test_a_line_that_is_part_of_another_is_said() -> None:
    assert texts(joint.without_tail(blocks(LEAD, "The first lamps would reach shops"), blocks(LEAD, MIDDLE)))[
        -1
    ].startswith("The first")


def test_in_an_endless_reading_only_whole_lines_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joint, "_SEARCHED", 10)
    assert texts(
        joint.without_tail(blocks(LEAD, "The first lamps would reach shops"), blocks(LEAD, MIDDLE))
    ) == [LEAD]


def test_a_block_is_said_when_most_of_its_lines_are() -> None:
    listed = blocks("Desk lamps\nWall lamps\nCandles")
    assert texts(joint.without_tail(blocks(LEAD) + listed, blocks(LEAD, "Desk lamps", "Wall lamps"))) == [
        LEAD,
        listed[0].text,
    ]


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


@pytest.mark.parametrize(("effort", "last"), [("fast", NOTE), ("balanced", NOTE), ("best", LAST)])
def test_the_tail_behind_the_article_is_cut_by_the_best_reading_only(effort: Effort, last: str) -> None:
    tail = f"<div><p>{NOTE}</p></div>"  # as the closing lines of some wires' releases stand, too
    source = document(f"<div>{article('<p>' + LAST + ' Too.</p>')}</div>{tail}")
    assert extract(page(source), effort=effort).text.split("\n")[-1] == last


def test_the_fast_reading_believes_the_shape_where_the_rules_miss_the_article() -> None:
    hidden = "".join(f"<p>{LEAD} {MIDDLE} Part {n}.</p>" for n in range(12))
    source = f"<html><body><article><p>Only this line of text is in it, and no other.</p></article><div>{hidden}</div></body></html>"
    assert "Part 11." in extract(page(source), effort="fast").text


def test_the_best_reading_drops_lines_before_the_article_that_precision_drops_too() -> None:
    assert extract(page(document(article())), effort="best").text.split("\n") == [LEAD, MIDDLE, LAST]
