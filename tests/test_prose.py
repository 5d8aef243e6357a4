"""HTML of feeds to text, and what is and is not prose."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import prose


def test_paragraphs_become_lines_and_inline_markup_vanishes() -> None:
    markup = "<p>Acme <b>opened</b>\n a plant.</p><p>It is <em>big</em> &amp; new.<br>Really.</p>"
    assert prose.plain(markup) == "Acme opened a plant.\nIt is big & new.\nReally."


def test_markup_escaped_twice_is_read_twice() -> None:
    assert prose.plain("&lt;p&gt;Acme &amp;amp; Sons won.&lt;/p&gt;") == "Acme & Sons won."


def test_plain_text_keeps_its_lines_and_its_comparison_signs() -> None:
    assert prose.plain("Acme won.\n\nIt was 3 < 4.") == "Acme won.\nIt was 3 < 4."


def test_comments_are_no_text_even_when_they_contain_markup() -> None:
    assert prose.plain("<!-- it's <p> not --><p>Acme won.</p><!-- never closed") == "Acme won."


def test_a_tag_with_signs_in_its_quotes_is_a_tag() -> None:
    assert prose.plain('<img alt="3 < 4 > 2" title=\'a "<b>"\'>Acme won.') == "Acme won."


def test_scripts_and_styles_are_no_text() -> None:
    assert prose.plain("<style>p{}</style><p>Acme<script>alert('x')</script> won.</p>") == "Acme won."


def test_an_end_tag_inside_a_script_does_not_end_it() -> None:
    assert prose.plain("<template><p>never</p></template><p>Acme won.</p>") == "Acme won."


def test_marked_sections_that_no_parser_knows_do_not_raise() -> None:
    assert prose.plain("<![foo[ <p>Acme won.</p> ]]>") == "<![foo[\nAcme won."
    assert prose.plain("<![if mso]><p>Acme won.</p><![endif]>") == "Acme won."
    assert prose.plain("<![CDATA[<p>Acme won.</p>]]>") == "Acme won."


@given(st.text(alphabet="<>!-[]&;/pa\"'= \n", max_size=200))
def test_no_markup_makes_the_converter_raise(markup: str) -> None:
    prose.plain(markup)
    prose.headline(markup)


@given(st.text())
def test_clean_text_has_no_control_no_surrogate_and_no_line_end(text: str) -> None:
    cleaned = prose.clean(text)
    assert not any(character < " " or "\x7f" <= character <= "\x9f" for character in cleaned)
    assert cleaned.encode() is not None
    assert cleaned.splitlines() == ([cleaned] if cleaned else [])


@pytest.mark.parametrize(
    "part",
    [
        "<p>",
        "&lt;",
        "<![",
        "<a ",
        "<a",
        "<!--",
        "</",
        "<?",
        "<!",
        "&#",
        "<a '",
        "<a \"><b '",
        "<script>",
        "<a b=<",
        '"<a ">',
    ],
)
def test_hostile_markup_is_read_up_to_a_limit_and_quickly(part: str) -> None:
    started = time.process_time()
    prose.plain(part * 100_000)
    prose.headline(part * 100_000)
    assert time.process_time() - started < 0.5


def test_a_headline_loses_tags_and_entities_but_no_comparison() -> None:
    assert prose.headline("Acme &amp; Sons: <b>P</b> < 0.05 ") == "Acme & Sons: P < 0.05"
    assert prose.headline("Acme &lt;em&gt;wins&lt;/em&gt;") == "Acme wins"
    assert prose.headline("Acme\twins\x00") == "Acme wins"


@pytest.mark.parametrize(
    "text",
    [
        "Acme opened a …",
        "Acme opened a plant [...]",
        "Acme opened a plant […]",
        "Acme opened a plant. Read more",
        "Acme opened a plant. Continue reading Acme opens plant →",
        "Acme eröffnet ein Werk. Weiterlesen »",
        "アクメは工場を開いた。続きを読む",
        "Acme opened a plant (more)",
        "Acme today announced that it has",
    ],
)
def test_a_text_that_stops_before_its_end_is_cut(text: str) -> None:
    assert prose.is_cut(text)


@pytest.mark.parametrize(
    "text",
    ["Acme opened a plant.", "“Acme opened a plant!”", "アクメは工場を開いた。", "Acme opened a plant.1"],
)
def test_a_text_that_ends_like_a_sentence_is_not_cut(text: str) -> None:
    assert not prose.is_cut(text)


def test_the_trailer_of_a_blog_engine_is_no_prose() -> None:
    text = "Acme won. The post Acme Wins Award appeared first on Example Wire."
    assert prose.strip_trailer(text) == "Acme won."
    assert prose.strip_trailer("Acme won the first post.") == "Acme won the first post."
    endless = "Acme won. " * 3000
    assert prose.strip_trailer(endless) == endless


@pytest.mark.parametrize(
    ("sentence", "whole"),
    [
        ("Acme opened a plant in Reno.", True),
        ("“Acme opened a plant in Reno.”", True),
        ("3,000 people work for Acme.", True),
        ("¿Quién abrió una planta en Reno?", True),
        ("アクメは工場を開設した。", True),
        ("アクメ勝利。", False),
        ("Acme opened a plant in Reno", False),
        ("Acme opened a plant in Reno...", False),
        ("opened a plant in Reno today.", False),
        ("– opened a plant in Reno today.", False),
        ("Acme won.", False),
        ("Supercalifragilisticexpialidocious.", False),
    ],
)
def test_a_sentence_is_whole_when_it_begins_ends_and_says_something(sentence: str, whole: bool) -> None:
    assert prose.is_whole(sentence) is whole


@pytest.mark.parametrize(
    "sentence",
    [
        "This press release contains forward-looking statements.",
        "The Company undertakes no obligation to update them.",
        "For more information, visit the site.",
        "Click here to register for the call.",
        "Write to press@example.com for a sample.",
        "Call (555) 555-0100 for a visit.",
        "This is not investment advice.",
        "Copyright 2025 Acme, all rights reserved.",
        "Diese Mitteilung enthält zukunftsgerichtete Aussagen.",
        "Para más información, escriba a Acme.",
        "Pour en savoir plus, écrivez à Acme.",
        "詳しくは公式サイトをご覧ください。",
        "About Acme: Acme makes anvils.",
        "Source: Acme",
    ],
)
def test_disclaimers_contacts_and_calls_to_click_are_noise(sentence: str) -> None:
    assert prose.is_noise(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Acme opened a plant in Reno.",
        "About 40% of the staff moved to Reno.",
        "Over 300 guests attended the opening in Reno.",
        "Sobre todo, la planta crea empleo en Reno.",
        "The resource: a lake of 3 million litres.",
        "Sources say that the plant is large.",
    ],
)
def test_news_is_no_noise(sentence: str) -> None:
    assert not prose.is_noise(sentence)


@pytest.mark.parametrize(
    "block",
    [
        "About Acme",
        "About the Acme Foundation",
        "ABOUT ACME",
        "Über Acme",
        "Acerca de Acme:",
        "À propos d’Acme",
        "アクメについて",
        "关于阿克米",
        "Media Contact:",
        "Press Contacts",
        "Forward-Looking Statements",
        "SOURCE Acme Inc.",
        "###",
        "-END-",
    ],
)
def test_the_closing_matter_of_a_release_is_recognised(block: str) -> None:
    assert prose.starts_tail(block)


@pytest.mark.parametrize("block", ["About half of it is new.", "Contacting us is easy.", "Sourced locally."])
def test_a_paragraph_that_begins_alike_is_no_closing_matter(block: str) -> None:
    assert not prose.starts_tail(block)


def test_a_sentence_that_ends_in_the_number_of_the_next_item_is_not_whole() -> None:
    assert not prose.is_whole("Acme Robotics builds its plants for these reasons 1.")
    assert prose.is_whole("Acme Robotics builds its plants for these reasons.")


@pytest.mark.parametrize("end", ["spread more joy across the world", "a bread more people can buy"])
def test_a_word_that_ends_like_read_more_breaks_nothing_off(end: str) -> None:
    assert not prose.breaks_off(f"Lanternfield Ltd said that it would {end}")
