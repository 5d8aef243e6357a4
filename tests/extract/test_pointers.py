"""Lines that only lead elsewhere."""

from __future__ import annotations

import pytest

from crawler.extract import extract, pointers
from crawler.extract.block import Block
from tests.extract.pages import LAST, LEAD, MIDDLE, article, document, page


def block(markup: str, text: str, kind: str = "p") -> Block:
    return Block(kind=kind, html=f"<{kind}>{markup}</{kind}>", text=text)


def plain(text: str, kind: str = "p") -> Block:
    return block(text, text, kind)


def link(text: str, kind: str = "p") -> Block:
    return block(f'<a href="https://wire.example/x">{text}</a>', text, kind)


def left(*blocks: Block) -> list[str]:
    return [each.text for each in pointers.dropped(blocks)]


@pytest.mark.parametrize(
    "label",
    [
        "Related:",
        "READ MORE:",
        "Read also |",
        "Lesen Sie auch:",
        "Lire aussi :",
        "Leia também:",
        "関連記事：",
        "Читайте также:",
    ],
)
@pytest.mark.parametrize("kind", ["p", "h3"])
def test_a_labelled_link_between_paragraphs_goes(label: str, kind: str) -> None:
    name = "Lamps that repair themselves"
    pointer = block(f'{label} <a href="https://wire.example/x"><em>{name}</em></a>', f"{label} {name}", kind)
    assert left(plain(LEAD), pointer, plain(LAST)) == [LEAD, LAST]


@pytest.mark.parametrize(
    "kept",
    [
        plain("Related: the company will also sell shades."),
        plain("Readers: a study of lamps and their light"),
        link("The lamp is available at the shop of Lanternfield."),
        block(f'More: {MIDDLE} <a href="https://wire.example/x">{MIDDLE}</a>', f"More: {MIDDLE} {MIDDLE}"),
        block(
            'See also: <a href="https://wire.example/x">§ 4</a> of the Act on lamps and shades',
            "See also: § 4 of the Act on lamps and shades",
        ),
        link("Click here", "h2"),
    ],
)
def test_a_label_or_a_link_alone_is_part_of_the_article(kept: Block) -> None:
    assert left(plain(LEAD), kept, plain(LAST)) == [LEAD, kept.text, LAST]


@pytest.mark.parametrize(
    "call",
    ["GET THE WIRE ON THE GO BY CLICKING HERE", "Sign up for our letter", "Hier klicken und mehr lesen"],
)
def test_a_link_that_asks_to_click_goes(call: str) -> None:
    assert left(plain(LEAD), link(call), plain(LAST)) == [LEAD, LAST]


@pytest.mark.parametrize(
    "heading", ["More from Example Wire", "Most read", "Weitere Meldungen", "À lire aussi"]
)
def test_teasers_under_a_heading_at_the_end_go(heading: str) -> None:
    teasers = [plain("A third plant is planned"), plain("Lamps sell well in spring")]
    assert left(plain(LEAD), plain(MIDDLE), plain(LAST), plain(heading, "h2"), *teasers) == [
        LEAD,
        MIDDLE,
        LAST,
    ]


def test_a_heading_under_which_the_article_goes_on_stays() -> None:
    assert (
        left(plain(LEAD), plain(MIDDLE), plain(MIDDLE), plain("Most read", "h2"), plain(LAST + LAST[:60]))[-2]
        == "Most read"
    )
    assert left(plain(LEAD), plain("Most read", "h2"), plain("A short line."), plain(LAST))[1] == "Most read"


def test_lines_at_the_end_that_are_only_links_go_and_figures_between_them() -> None:
    figure = Block(kind="figure", html="<figure></figure>")
    assert left(plain(LEAD), link("A third plant", "ul"), figure, link("A fourth plant")) == [LEAD]


def test_a_figure_at_the_end_stays_and_so_does_an_article_of_links() -> None:
    figure = Block(kind="figure", html="<figure></figure>")
    assert pointers.dropped([plain(LEAD), figure]) == [plain(LEAD), figure]
    assert left(link("A third plant"), link("A fourth plant")) == ["A third plant", "A fourth plant"]


def test_a_whole_page_is_read_without_its_pointers() -> None:
    pointer = '<p>Related: <a href="/x">Lamps that repair themselves and never break</a></p>'
    assert extract(page(document(article(pointer)))).text.split("\n") == [LEAD, MIDDLE, LAST]
