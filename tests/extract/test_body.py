"""What of a page's article survives, and in which form."""

from __future__ import annotations

import html
import re

import pytest

from crawler.errors import NoArticle
from crawler.extract import extract
from crawler.model import Origin
from tests.extract.pages import LAST, LEAD, MIDDLE, URL, article, document, page


def body(*blocks: str, head: str = "") -> str:
    return extract(page(document(article(*blocks), head=head))).body


def test_paragraphs_are_kept_in_order_and_nothing_around_them_is() -> None:
    found = extract(page(document(article())))
    assert found.body == f"<p>{LEAD}</p><p>{MIDDLE}</p><p>{LAST}</p>"
    assert found.text == f"{LEAD}\n{MIDDLE}\n{LAST}"
    assert found.origin is Origin.PAGE
    assert re.fullmatch(r"trafilatura \d+\.\d+.*", found.extractor)


def test_heading_levels_are_kept_and_a_second_h1_becomes_an_h2() -> None:
    found = body("<h2>Two</h2><p>Words.</p><h4>Four</h4><p>Words.</p><h1>One more</h1><p>Words.</p>")
    assert "<h2>Two</h2>" in found
    assert "<h4>Four</h4>" in found
    assert "<h2>One more</h2>" in found
    assert "<h1" not in found


def test_a_nested_list_stays_nested() -> None:
    found = body(
        "<ul><li>Desk lamps<ul><li>with clamp</li><li>with foot</li></ul></li><li>Wall lamps</li></ul>"
    )
    assert (
        "<ul><li>Desk lamps<ul><li>with clamp</li><li>with foot</li></ul></li><li>Wall lamps</li></ul>"
        in found
    )


def test_an_ordered_list_stays_ordered() -> None:
    assert "<ol><li>Unpack it</li><li>Plug it in</li></ol>" in body(
        "<ol><li>Unpack it</li><li>Plug it in</li></ol>"
    )


def test_a_table_keeps_its_cells_and_its_header() -> None:
    rows = "<tr><th>Quarter</th><th>Lamps</th></tr><tr><td>First</td><td>12,000</td></tr>"
    found = extract(page(document(article(f"<table>{rows}</table>"))))
    assert (
        "<table><thead><tr><th>Quarter</th><th>Lamps</th></tr></thead>"
        "<tbody><tr><td>First</td><td>12,000</td></tr></tbody></table>" in found.body
    )
    assert "\nQuarter | Lamps\nFirst | 12,000\n" in found.text


def test_a_table_loses_its_empty_rows_and_columns() -> None:
    rows = "<tr><td>First</td><td></td><td>12</td></tr><tr><td> </td><td></td><td></td></tr><tr><td>Second</td><td></td><td>13</td></tr>"
    assert (
        "<table><tbody><tr><td>First</td><td>12</td></tr><tr><td>Second</td><td>13</td></tr></tbody></table>"
        in body(f"<table>{rows}</table>")
    )


def test_a_table_of_one_column_is_a_frame_and_becomes_paragraphs() -> None:
    found = body("<table><tr><td>A frame around text that is no table.</td></tr></table>")
    assert "<p>A frame around text that is no table.</p>" in found
    assert "<table" not in found


def test_a_quote_stays_a_quote() -> None:
    found = body("<blockquote><p>We are proud of it.</p><p>Very proud.</p></blockquote>")
    assert "<blockquote>" in found
    assert "We are proud of it." in found


def test_emphasis_and_links_survive_and_links_are_absolute() -> None:
    found = body(
        '<p>Read <a href="../lamps?a=1&amp;b=2">all <b>about</b> lamps</a> and <i>more</i>, '
        "H<sub>2</sub>O at 10<sup>3</sup> with <code>lamp --on</code>.</p>"
    )
    assert (
        '<a href="https://wire.example/news/lamps?a=1&amp;b=2">all <strong>about</strong> lamps</a>' in found
    )
    assert "<em>more</em>, H<sub>2</sub>O at 10<sup>3</sup> with <code>lamp --on</code>." in found


def test_links_are_relative_to_the_base_element() -> None:
    found = body(
        '<p>See <a href="shop">the shop</a> for it.</p>', head='<base href="https://lamps.example/en/">'
    )
    assert '<a href="https://lamps.example/en/shop">the shop</a>' in found


def test_marked_up_runs_that_touch_or_nest_stay_what_they_are() -> None:
    found = body(
        '<p>One <b><i>both</i></b> and <a href="/a">x</a><a href="/b">y</a>, <strong>a <em>b</em></strong> c, '
        "in a paragraph that is long enough to be no list of links.</p>"
    )
    assert "<strong><em>both</em></strong>" in found
    assert '<a href="https://wire.example/a">x</a><a href="https://wire.example/b">y</a>' in found
    assert "<strong>a <em>b</em></strong> c, in" in found


def test_a_line_break_is_kept_and_two_end_the_paragraph() -> None:
    found = body("<p>Lanternfield Ltd<br>1 Lamp Street<br><br>Press office of the company</p>")
    assert "<p>Lanternfield Ltd<br>1 Lamp Street</p><p>Press office of the company</p>" in found


@pytest.mark.parametrize("between", ["<br> <br>", "<br><br><br>", "<br /><br /> \n"])
def test_an_empty_line_ends_a_paragraph_however_it_is_made(between: str) -> None:
    found = body(f"<p>{LEAD}{between}<b>Then</b> {MIDDLE}</p>")
    assert f"{LEAD}</p><p><strong>Then</strong> {MIDDLE}</p>" in found


def test_line_breaks_at_an_end_are_none() -> None:
    found = body(f"<p><br>{MIDDLE} Too.<br><br></p><p>{LAST} Too.<br><br><span></span></p>")
    assert f"<p>{MIDDLE} Too.</p><p>{LAST} Too.</p>" in found


def test_emphasis_in_the_same_emphasis_is_said_once() -> None:
    assert "<strong>very, very</strong> good" in body(
        f"<p><b>very, <strong>very</strong></b> good. {MIDDLE}</p>"
    )


def test_markup_around_nothing_and_anchors_without_a_target_leave_only_text() -> None:
    found = body(
        f'<p>{LEAD} <a name="x">Here</a> <b> </b><i><span> </span></i><a href="/p">Print</a> it is.</p>'
    )
    assert f"<p>{LEAD} Here Print it is.</p>" in found


def test_code_with_marked_up_words_is_plain() -> None:
    assert "<pre>lamp --on {now}</pre>" in body("<pre>lamp <b>--on</b> {now}</pre>")


def test_an_image_beside_a_paragraph_is_kept_with_its_text() -> None:
    found = body('<figure><img src="/i/plant.jpg" alt="The plant"><figcaption>At night</figcaption></figure>')
    assert (
        f'<p>{LEAD}</p><figure><img src="https://wire.example/i/plant.jpg" alt="The plant"></figure>' in found
    )
    assert "At night" not in found


def test_an_image_without_a_text_of_its_own_takes_its_caption() -> None:
    found = body('<figure><img src="plant.jpg"><figcaption>The plant <b>at night</b></figcaption></figure>')
    assert 'alt="The plant at night"' in found


def test_an_image_before_a_paragraph_stands_before_it() -> None:
    source = f'<h1>Lanternfield opens a second plant</h1><div><img src="/a.jpg"><p>{LEAD}</p></div><p>{MIDDLE}</p><p>{LAST}</p>'
    assert extract(page(document(source))).body.startswith(
        f'<figure><img src="https://wire.example/a.jpg" alt=""></figure><p>{LEAD}</p>'
    )


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ('<img src="data:image/gif;base64,R0lGOD" data-src="/real.jpg">', "/real.jpg"),
        ('<img src="/spacer.gif" srcset="/s.jpg 300w, /l.jpg 1200w">', "/l.jpg"),
        ('<img src="/icon.png" width="16" height="16">', None),
        ('<img src="/pixel?id=4" >', None),
        ('<img src="javascript:alert(1)">', None),
        ('<img src="/wide.jpg" width="100%">', "/wide.jpg"),
    ],
)
def test_the_picture_itself_is_taken_and_decoration_is_not(image: str, expected: str | None) -> None:
    found = re.findall(r'<img src="([^"]+)"', body(f"<p>A picture of the plant follows here. {image}</p>"))
    assert found == ([f"https://wire.example{expected}"] if expected else [])


def test_an_image_far_from_any_text_is_not_part_of_the_article() -> None:
    assert "<img" not in body("<div><div><div><div><div><img src='/far.jpg'></div></div></div></div></div>")


def test_images_of_the_navigation_are_not_part_of_the_article() -> None:
    found = extract(page(document(article(), outside='<footer><img src="/logo.png"></footer>')))
    assert "<img" not in found.body


def test_lines_of_code_keep_their_ends_on_one_line_of_the_body() -> None:
    found = body("<pre><code>lamp --on\n  --bright\n\nlamp --off {{&lt; x &gt;}}</code></pre>")
    assert "<pre>lamp --on<br>  --bright<br><br>lamp --off &#123;&#123;&lt; x &gt;}}</pre>" in found
    assert "\n" not in found


def test_a_body_is_one_line_and_inert_for_hugo() -> None:
    found = body("<p>+++ Breaking +++ {{&lt; shortcode &gt;}} and\n {{% other %}}</p>")
    assert "\n" not in found
    assert "{{<" not in html.unescape(found.replace("&#123;", "[")).replace("[", "")
    assert "{{%" not in found
    assert html.unescape(found).count("{{% other %}}") == 1
    assert not found.startswith("+++")


def test_the_text_is_that_of_the_body() -> None:
    found = extract(page(document(article("<h2>What is new</h2><ul><li>Brighter</li><li>Cheaper</li></ul>"))))
    assert found.text.split("\n") == [LEAD, "What is new", "Brighter", "Cheaper", MIDDLE, LAST]


def test_a_page_that_writes_tangut_is_read_without_stand_ins() -> None:
    found = extract(
        page(document(article('<p>The lamp is called 𗀀𗀁 in <a href="/t">Tangut</a> for some reason.</p>')))
    )
    assert "The lamp is called 𗀀𗀁 in Tangut for some reason." in found.body


@pytest.mark.parametrize("reference", ["&#x17000;", "&#X0017000;", "&#94208;", "&#94208 "])
def test_tangut_written_as_a_reference_is_seen_too(reference: str) -> None:
    found = extract(page(document(article(f"<p>The lamp is called {reference} in <b>Tangut</b> today.</p>"))))
    assert "The lamp is called 𗀀" in found.text


def test_references_to_characters_that_xml_forbids_do_not_cost_the_page() -> None:
    found = extract(
        page(document(article("<p>A <b>bell&#7; and &#xFFFE; more</b> of <a href='/x'>&#1;x&#2;</a>.</p>")))
    )
    assert LEAD in found.text
    assert LAST in found.text


def test_more_links_than_stand_ins_lose_their_target_not_their_text() -> None:
    many = "".join(f'<p>Lamp number <a href="/{n}">no. {n} of all</a> is sold.</p>' for n in range(3200))
    found = extract(page(document(article(many))))
    assert "Lamp number no. 3199 of all is sold." in found.text
    assert found.body.count("<a ") == 3068


@pytest.mark.parametrize(
    "content", ["", "   ", "<html></html>", "<html><body><script>x()</script></body></html>", "\x00"]
)
def test_a_page_without_text_is_no_article(content: str) -> None:
    with pytest.raises(NoArticle):
        extract(page(content))


def test_a_document_whose_root_closes_itself_is_read_on() -> None:
    source = document(article()).replace('<html lang="en">', '<html lang="en" />')
    assert extract(page(source)).text.startswith(LEAD)


def test_an_article_outside_paragraphs_is_found_by_the_thorough_search() -> None:
    lines = "".join(f"<div><div><span>{text}</span></div></div>" for text in (LEAD, MIDDLE, LAST))
    found = extract(page(f"<html><body><div>{lines}</div></body></html>", url=URL))
    assert LEAD in found.text


def test_the_general_search_is_believed_only_where_it_finds_far_more() -> None:
    """The text is where trafilatura's own rules do not look; paragraphs show that it is there."""
    hidden = "".join(f"<p>{LEAD} {MIDDLE} Part {n}.</p>" for n in range(12))
    source = f"<html><body><article><p>Only this.</p></article><div class='sidebar-extra'>{hidden}</div></body></html>"
    assert "Part 11." in extract(page(source)).text
