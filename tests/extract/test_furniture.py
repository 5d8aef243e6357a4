"""Furniture: what recurs on a host's pages is taken out only where it is no part of the release."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from lxml.html import document_fromstring

from crawler.extract import apart, extract, furniture
from crawler.extract.block import Block
from crawler.frames import Known, frame, key, learned, lines
from crawler.model import Extraction, Frame
from tests.extract.pages import LAST, LEAD, MIDDLE, document, page

NOTE = "Follow Example Wire on every network to be the first to know what companies announce"
BOX = f"<div class='follow'><p>{NOTE}</p></div>"
FURTHER = (
    "The plant stands in Nordhavn beside the old harbour, where the company found both the people it needed and "
    "the quiet that the making of good lamps asks for, its founder said."
)
ABOUT = "Lanternfield has made lamps since it was founded, and sells them in thirty countries of the world."


def known(*recurring: str, pages: int = 9, on: int = 7) -> Frame:
    return Frame(pages=pages, lines={key(line): on for line in recurring})


def read(inside: str, frame: Frame, title: str = "Lanternfield opens a second plant") -> Extraction:
    return extract(page(document(f"<h1>{title}</h1><div class='text'>{inside}</div>")), frame=frame)


def paragraphs(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


OWN = paragraphs(LEAD, MIDDLE, FURTHER)


def test_a_recurring_line_in_an_element_of_its_own_is_taken_out_and_explained() -> None:
    found = read(paragraphs(LEAD, MIDDLE) + BOX + paragraphs(FURTHER), known(NOTE))
    assert found.text.split("\n") == [LEAD, MIDDLE, FURTHER]
    assert NOTE not in found.body
    assert [(each.text, each.reason) for each in found.removed] == [
        (NOTE, "stands on 7 of 9 pages of this host")
    ]
    assert found.frame_pages == 9


def test_what_was_taken_out_is_still_remembered_of_the_host() -> None:
    found = read(OWN + BOX, known(NOTE))
    assert NOTE not in found.text
    assert key(NOTE) in {line.key for line in found.lines}


def test_the_same_page_and_frame_give_the_same_bytes() -> None:
    assert read(OWN + BOX, known(NOTE)) == read(OWN + BOX, known(NOTE))


def test_a_block_in_which_a_line_recurs_endlessly_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def counted(line: str) -> str:
        asked.append(line)
        return key(line)

    monkeypatch.setattr("crawler.frames.key", counted)
    area = document_fromstring("<div>" + f"<b>{NOTE}</b> and " * 50 + "</div>")
    line = Block(kind="p", html=f"<p>{NOTE}</p>", text=NOTE)
    assert apart.find(area, {}, [], [line]) == frozenset()
    assert len(asked) == 2  # for the line that is looked for, and for the block


def test_without_a_frame_nothing_is_taken_out() -> None:
    assert read(OWN + BOX, Frame()).removed == ()


def test_a_recurring_paragraph_among_the_releases_own_stays() -> None:
    found = read(paragraphs(LEAD, MIDDLE, NOTE, FURTHER), known(NOTE))
    assert found.removed == ()
    assert NOTE in found.text


def test_a_recurring_paragraph_that_looks_like_the_releases_own_stays() -> None:
    marked = "".join(f"<p class='MsoNormal'>{text}</p>" for text in (LEAD, MIDDLE, NOTE, FURTHER))
    assert read(marked, known(NOTE)).removed == ()


def test_a_paragraph_with_a_look_of_its_own_stands_apart() -> None:
    found = read(paragraphs(LEAD, MIDDLE) + f"<p class='hint'>{NOTE}</p>" + paragraphs(FURTHER), known(NOTE))
    assert [each.text for each in found.removed] == [NOTE]


def test_a_bare_element_around_a_line_does_not_make_it_a_templates() -> None:
    assert read(OWN + f"<div><p>{NOTE}</p></div>", known(NOTE)).removed == ()


def test_a_line_that_also_stands_among_the_releases_own_text_stays() -> None:
    assert read(paragraphs(LEAD, NOTE, MIDDLE, FURTHER) + BOX, known(NOTE)).removed == ()


def test_a_line_with_links_and_emphasis_is_found_too() -> None:
    box = "<div class='follow'><p><strong>Follow</strong> Example Wire on <a href='/n'>every network</a> to be the first to know what companies announce</p></div>"
    found = read(paragraphs(LEAD, MIDDLE) + box + paragraphs(FURTHER), known(NOTE))
    assert [each.text for each in found.removed] == [NOTE]


def test_a_line_whose_element_is_not_found_stays() -> None:
    box = f"<div class='follow'>{NOTE}<br><br>{ABOUT}</div>"
    assert read(OWN + box, known(NOTE)).removed == ()


@pytest.mark.parametrize(
    "line",
    [
        "FOR IMMEDIATE RELEASE",
        "Press release",
        "Regulatory announcement",
        "NOT FOR DISTRIBUTION IN THE UNITED STATES OR THROUGH ITS NEWS WIRE SERVICES",
        "Pressemitteilung der Lampenbauer in Nordhavn",
        "Write to press@lanternfield.example for pictures in print quality",
        "Call +45 55 12 34 56 and ask for the pictures in print quality",
        "See www.lanternfield.example for more pictures",
    ],
)
def test_what_releases_write_themselves_stays(line: str) -> None:
    found = read(f"<div class='label'><p>{line}</p></div>{OWN}", known(line))
    assert found.removed == ()


def test_a_line_that_names_the_releases_company_stays() -> None:
    line = "Since its first day the Lanternfield group belongs to those who work in it."
    assert read(OWN + f"<div class='who'><p>{line}</p></div>", known(line)).removed == ()


def test_a_name_that_stands_again_and_again_in_the_text_is_the_releases_own() -> None:
    line = "Since its first day the Lanternfield group belongs to those who work in it."
    own = paragraphs(
        LEAD, MIDDLE, FURTHER, LAST, "Lanternfield thanked its neighbours for the patience they had."
    )
    box = f"<div class='who'><p>{line}</p></div>"
    assert read(own + box, known(line), title="A second plant opens at the harbour").removed == ()


def test_a_heading_stays_where_what_stands_under_it_stays() -> None:
    heading = "What is new in this plant"
    box = f"<h3 class='rubric'>{heading}</h3>"
    assert read(paragraphs(LEAD, MIDDLE) + box + paragraphs(FURTHER, LAST), known(heading)).removed == ()


def test_a_heading_goes_with_what_stands_under_it() -> None:
    heading = "News in your mailbox"
    box = f"<div class='follow'><h3>{heading}</h3><p>{NOTE}</p></div>"
    found = read(paragraphs(LEAD, MIDDLE) + box + paragraphs(FURTHER), known(heading, NOTE))
    assert [each.text for each in found.removed] == [heading, NOTE]


def test_a_list_goes_only_with_all_its_lines() -> None:
    one, two = "Companies that announce something today", "Companies that announced something this week"
    both = f"<ul class='others'><li>{one}</li><li>{two}</li></ul>"
    mixed = (
        f"<ul class='others'><li>{one}</li><li>A line of the release about the lamps it tells of</li></ul>"
    )
    for box, gone in ((both, 1), (mixed, 0)):
        found = read(paragraphs(LEAD, MIDDLE) + box + paragraphs(FURTHER), known(one, two))
        assert len(found.removed) == gone


# --------------------------------------------------------------------------- what closes a release


def closed(*closing: str, about: str = "About Lanternfield") -> str:
    return OWN + paragraphs(about, ABOUT, *closing)


def test_the_closing_matter_of_a_newsroom_stays_though_all_of_it_recurs() -> None:
    address = "4 Harbour Street in Nordhavn, on the first floor"
    closing = f"<div class='about'><h3>About Lanternfield</h3><p>{ABOUT}</p><p>{address}</p></div>"
    found = read(OWN + closing, known("About Lanternfield", ABOUT, address))
    assert found.removed == ()


def test_behind_the_closing_matter_of_one_of_many_companies_furniture_goes() -> None:
    found = read(closed() + BOX, known(NOTE))
    assert [each.text for each in found.removed] == [NOTE]


def test_within_the_closing_matter_nothing_goes() -> None:
    found = read(closed() + BOX + paragraphs("Lanternfield reads every letter that it gets"), known(NOTE))
    assert found.removed == ()


def test_behind_a_heading_that_names_nobody_it_is_not_known_whose_the_closing_matter_is() -> None:
    contact = paragraphs("Media Contact", "Ada Brook, Nordhavn")
    assert read(OWN + contact + BOX, known("Media Contact", NOTE)).removed == ()
    found = read(closed() + contact + BOX, known("Media Contact", NOTE))
    assert [each.text for each in found.removed] == [NOTE]
    found = read(closed() + paragraphs("Media Contact") + BOX, known("Media Contact", NOTE))
    assert found.removed == ()


def test_furniture_right_behind_a_recurring_closing_heading_stays() -> None:
    assert (
        read(
            closed("Disclaimer of the wire on this page") + BOX,
            known("Disclaimer of the wire on this page", NOTE),
        ).removed
        == ()
    )


@pytest.mark.parametrize("name", ["boilerplate", "aboutCompany", "press-contact", "legal-notice"])
def test_a_place_that_templates_make_for_a_releases_own_closing_lines_is_no_furniture(name: str) -> None:
    line = "All lamps are made by hand in this town and repaired as long as anybody lives who can."
    for where in (f"class='{name}'", f"id='{name}'"):
        found = read(paragraphs(LEAD, MIDDLE, FURTHER) + f"<div {where}><p>{line}</p></div>", known(line))
        assert found.removed == ()


# --------------------------------------------------------------------------- never the whole


def test_a_text_most_of_which_recurs_stays_whole() -> None:
    found = read(
        f"<div class='a'><p>{LEAD}</p></div><div class='b'><p>{MIDDLE}</p></div><p>{NOTE}</p>",
        known(LEAD, MIDDLE),
    )
    assert found.removed == ()


def block(text: str, kind: str = "p") -> Block:
    return Block(kind=kind, html=f"<{kind}>{text}</{kind}>", text=text)


def test_an_article_of_nothing_but_furniture_stays_whole() -> None:
    figure = Block(kind="figure", html="<figure></figure>")
    area = document_fromstring(f"<body><div class='x'><p>{NOTE}</p></div></body>")
    blocks = [figure, block(NOTE)]
    assert furniture.without(blocks, known(NOTE), area, {}, "") == (blocks, ())


def test_a_host_is_learnt_page_by_page_and_then_its_frame_goes() -> None:
    host, gone = Known(), []
    for number in range(8):
        own = [f"In release {number} it says: {text}" for text in (LEAD, MIDDLE, FURTHER)]
        found = read(paragraphs(*own[:2]) + BOX + paragraphs(own[2]), frame(host))
        gone.append(len(found.removed))
        host = learned(host, found.lines)
    assert gone == [0, 0, 0, 0, 0, 1, 1, 1]


def test_one_release_at_many_addresses_loses_nothing() -> None:
    host, inside = Known(), OWN + f"<div class='more'><p>{ABOUT}</p></div>"
    for _ in range(9):
        found = read(inside, frame(host))
        assert found.removed == ()
        host = learned(host, found.lines)


def test_lines_of_an_element_that_stands_nowhere_are_not_apart() -> None:
    area = document_fromstring("<body><p>Something else altogether</p></body>")
    assert apart.find(area, {}, [block(LEAD)], [block(NOTE)]) == frozenset()
    alone = document_fromstring(f"<body><aside><p>{NOTE}</p></aside></body>")
    assert apart.find(alone, {}, [block(LEAD)], [block(NOTE)]) == frozenset()


def test_a_line_in_an_element_that_holds_the_releases_own_text_is_not_apart() -> None:
    area = document_fromstring(f"<body><div class='note'><p>{LEAD}</p></div></body>")
    assert apart.find(area, {}, [block(LEAD)], [block(LEAD)]) == frozenset()


def test_what_is_remembered_is_the_text_before_furniture_goes() -> None:
    found: Sequence[str] = [line.text for line in lines("\n".join((LEAD, NOTE)))]
    assert [NOTE.startswith(text) or LEAD.startswith(text) for text in found] == [True, True]
